import { parseObjectId } from '../../identity/ids.ts';
import { type ObjectRef, groupRef, userRef } from '../tenant/population.ts';
import { TenantError, type TenantModel } from '../tenant/tenant-model.ts';

/** Finds objects by the names that people use. Every method throws a {@link TenantError} when there is no such object. */
export class NamedObjects {
  readonly #tenant: TenantModel;

  constructor(tenant: TenantModel) {
    this.#tenant = tenant;
  }

  /** The index of a user by object id or user principal name. */
  user(key: string): number {
    const id = parseObjectId(key);
    const index = id === undefined ? this.#userNamed(key) : this.#tenant.users.indexOf(id);
    if (index === -1) throw new TenantError(`there is no user ${key}`);
    return index;
  }

  #userNamed(name: string): number {
    const live = this.#tenant.userNamed(name);
    if (live !== -1) return live;
    const lower = name.toLowerCase();
    for (const index of this.#tenant.users.overlaid()) {
      if (this.#tenant.users.state(index) === 'softDeleted' && this.#tenant.principalName(index) === lower)
        return index;
    }
    return -1;
  }

  /** The index of a group by object id or by a display name that only it has. */
  group(key: string): number {
    const id = parseObjectId(key);
    if (id !== undefined) {
      const index = this.#tenant.groups.indexOf(id);
      if (index === -1) throw new TenantError(`there is no group ${key}`);
      return index;
    }
    const found: number[] = [];
    for (let index = 0; index < this.#tenant.groups.count; index += 1) {
      const usable = this.#tenant.groups.state(index) !== 'purged';
      if (usable && this.#tenant.groups.record(index)['displayName'] === key) found.push(index);
    }
    const [only] = found;
    if (only === undefined) throw new TenantError(`there is no group ${key}`);
    if (found.length > 1) throw new TenantError(`${found.length} groups are called ${key}; use the object id`);
    return only;
  }

  /** A possible member by object id, user principal name or display name of a group. */
  member(key: string): ObjectRef {
    const id = parseObjectId(key);
    if (id === undefined) return key.includes('@') ? userRef(this.user(key)) : groupRef(this.group(key));
    const ref = this.#tenant.findRef(id);
    if (ref === undefined) throw new TenantError(`there is no object ${key}`);
    return ref;
  }
}
