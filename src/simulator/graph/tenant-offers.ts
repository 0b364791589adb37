/** What a tenant has defined beside the properties of everybody: extensions and custom security attributes. */
import type { TenantModel } from '../tenant/tenant-model.ts';
import { type GraphAnswer, type GraphCall, ok } from './call.ts';
import { badRequest } from './graph-error.ts';
import { demand } from './permissions.ts';

const PAGE_DEFAULT = 100;

/** `POST /directoryObjects/getAvailableExtensionProperties`. */
export function availableExtensionProperties(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'extensionProperties');
  return page(call, 'Collection(extensionProperty)', tenant.offers.extensionProperties.map(extensionProperty), false);
}

/** `GET /applications`, which tells the extensions of each only when asked to expand them. */
export function applications(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'applications');
  const names = [...new Set(tenant.offers.extensionProperties.map(({ appDisplayName }) => appDisplayName))];
  const expands = call.query.get('expand') === 'extensionProperties';
  const value = names.map((displayName, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    displayName,
    ...(expands
      ? {
          extensionProperties: tenant.offers.extensionProperties
            .filter(({ appDisplayName }) => appDisplayName === displayName)
            .map(extensionProperty),
        }
      : {}),
  }));
  return page(call, 'applications', value, true);
}

function extensionProperty(property: TenantModel['offers']['extensionProperties'][number]): object {
  return { '@odata.type': '#microsoft.graph.extensionProperty', deletedDateTime: null, ...property };
}

/** `GET /schemaExtensions`. */
export function schemaExtensions(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'applications');
  return page(call, 'schemaExtensions', tenant.offers.schemaExtensions, true);
}

/** `GET /directory/customSecurityAttributeDefinitions`. */
export function securityAttributeDefinitions(call: GraphCall, tenant: TenantModel): GraphAnswer {
  demand(call.caller, 'securityAttributeDefinitions');
  const value = tenant.offers.securityAttributes.map((each) => ({
    ...each,
    id: `${each.attributeSet}_${each.name}`,
    isSearchable: true,
    usePreDefinedValuesOnly: false,
  }));
  return page(call, 'directory/customSecurityAttributeDefinitions', value, true);
}

function page(call: GraphCall, what: string, all: readonly object[], isPaged: boolean): GraphAnswer {
  const context = { '@odata.context': `${call.origin}/v1.0/$metadata#${what}` };
  if (!isPaged) return ok({ ...context, value: all });
  const [top, skip] = [call.query.get('top') ?? String(PAGE_DEFAULT), call.query.get('skiptoken') ?? '0'];
  if (!/^[1-9]\d{0,2}$/.test(top) || !/^\d{1,9}$/.test(skip)) throw badRequest('Invalid page.');
  const end = Number(skip) + Number(top);
  const options = [...call.query].filter(([name]) => name !== 'skiptoken');
  const text = options.map(([name, value]) => `$${name}=${encodeURIComponent(value)}&`).join('');
  const next = end < all.length ? { '@odata.nextLink': `${call.origin}${call.path}?${text}$skiptoken=${end}` } : {};
  return ok({ ...context, ...next, value: all.slice(Number(skip), end) });
}
