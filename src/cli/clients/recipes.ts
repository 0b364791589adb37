import { gitlab, grafana, jenkins, jira, nextcloud } from './applications.ts';
import { nslcd, sssd } from './machines.ts';
import { fortigate, freeradius, openvpn, proxmox, synology } from './networks.ts';
import type { Recipe } from './recipe.ts';
import { apache, dovecot, postfix, postgresql } from './servers.ts';

/** Every client that can be set up, in the order of docs/recipes.md. */
export const recipes: readonly Recipe[] = [
  sssd,
  nslcd,
  gitlab,
  grafana,
  jira,
  jenkins,
  nextcloud,
  freeradius,
  openvpn,
  fortigate,
  synology,
  proxmox,
  apache,
  postfix,
  dovecot,
  postgresql,
];
