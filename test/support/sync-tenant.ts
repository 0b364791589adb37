import { modelId, ModelTenant } from './model-tenant.ts';

/** A tenant of `u0` to `u5`, of whom `u0` to `u2` are in `Staff` and `u3` is in `Sales`. */
export function syncTenant(): ModelTenant {
  const tenant = new ModelTenant((below) => below - 1);
  for (let number = 0; number < 6; number++) putPerson(tenant, number);
  tenant.putGroup(modelId('group', 1), { displayName: 'Staff' });
  tenant.putGroup(modelId('group', 2), { displayName: 'Sales' });
  for (const number of [0, 1, 2]) tenant.setMember(modelId('group', 1), modelId('user', number), true);
  tenant.setMember(modelId('group', 2), modelId('user', 3), true);
  return tenant;
}

/** Adds or changes a person of the tenant. */
export function putPerson(tenant: ModelTenant, number: number, displayName = `Person ${number}`): void {
  const userPrincipalName = `u${number}@example.com`;
  tenant.putUser(modelId('user', number), { userPrincipalName, displayName, accountEnabled: true });
}
