import { guidBytes, objectIdFromBytes, type TenantId } from '../identity/ids.ts';
import type { Database, DatabaseSnapshot } from './database.ts';
import { storeSlot } from './keys.ts';
import { StoreError } from './store-error.ts';
import type { Writes } from './write-batch.ts';

/** The ids of the tenants in the order of their slots, 16 bytes each; zeros where a tenant was removed. */
const SLOTS_KEY = Buffer.from([storeSlot, 1]);
const ID_BYTES = 16;
const NOBODY = Buffer.alloc(ID_BYTES);
const FIRST_SLOT = 1;
const LAST_SLOT = 0xff;

/** The key slot of a tenant, or undefined when the store does not have it. */
export function findSlot(db: Database, tenantId: TenantId): number | undefined {
  return slotOf(db.get(SLOTS_KEY) ?? Buffer.alloc(0), guidBytes(tenantId));
}

/** The ids of all tenants of a store. */
export function tenantsIn(db: Database, snapshot?: DatabaseSnapshot): readonly string[] {
  const slots = db.get(SLOTS_KEY, snapshot) ?? Buffer.alloc(0);
  const ids: string[] = [];
  for (let at = 0; at < slots.length; at += ID_BYTES) {
    if (!slots.subarray(at, at + ID_BYTES).equals(NOBODY)) ids.push(objectIdFromBytes(slots, at));
  }
  return ids;
}

/** The key slots that tenants of a store have. */
export function slotsIn(db: Database): readonly number[] {
  const slots = db.get(SLOTS_KEY) ?? Buffer.alloc(0);
  const given: number[] = [];
  for (let slot = FIRST_SLOT, at = 0; at < slots.length; slot++, at += ID_BYTES) {
    if (!slots.subarray(at, at + ID_BYTES).equals(NOBODY)) given.push(slot);
  }
  return given;
}

/** The key slot of a tenant; one that is new to the store gets the first that is free. */
export async function giveSlot(db: Database, tenantId: TenantId): Promise<number> {
  const slots = db.get(SLOTS_KEY) ?? Buffer.alloc(0);
  const own = guidBytes(tenantId);
  const known = slotOf(slots, own);
  if (known !== undefined) return known;
  const slot = slotOf(slots, NOBODY) ?? FIRST_SLOT + slots.length / ID_BYTES;
  if (slot > LAST_SLOT) throw new StoreError('failed', `A store holds at most ${LAST_SLOT} tenants.`);
  const at = (slot - FIRST_SLOT) * ID_BYTES;
  const next = Buffer.concat([slots.subarray(0, at), own, slots.subarray(at + ID_BYTES)]);
  await db.write(db.batch().put(SLOTS_KEY, next), true);
  return slot;
}

/** Makes the write that lets a slot be given to another tenant. */
export function freeSlot(db: Database, slot: number, out: Writes): void {
  const slots = Buffer.from(db.get(SLOTS_KEY) ?? Buffer.alloc(0));
  NOBODY.copy(slots, (slot - FIRST_SLOT) * ID_BYTES);
  out.put(SLOTS_KEY, slots);
}

function slotOf(slots: Buffer, id: Uint8Array): number | undefined {
  for (let slot = FIRST_SLOT, at = 0; at < slots.length; slot++, at += ID_BYTES) {
    if (slots.subarray(at, at + ID_BYTES).equals(id)) return slot;
  }
  return undefined;
}
