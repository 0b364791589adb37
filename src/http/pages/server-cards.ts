import type { StatusReport } from '../../identity/admin.ts';
import type { CredentialReport } from '../../identity/credential-report.ts';
import { count, counted, ldapUrl } from '../../wording/quantities.ts';
import { daysLeft, toneOfDays } from './days-left.ts';
import { type Html, html } from './html.ts';
import type { Tone } from './icons.ts';
import type { Visit } from './layout.ts';
import { ago, badge, card, empty, exactly, facts, table } from './parts.ts';

/** What the daemon shows to Entra and to clients: credentials, certificates, listeners. */
export function serverCards({ status, nowMs }: Visit): Html {
  return html`<div class="pair">${credentialsCard(status, nowMs)}${certificatesCard(status, nowMs)}</div>
${listenersCard(status)}`;
}

const kinds: Readonly<Record<CredentialReport['kind'], string>> = {
  secret: 'client secret',
  certificate: 'certificate',
  workloadIdentity: 'workload identity',
  managedIdentity: 'managed identity',
};

const uses: Readonly<Record<CredentialReport['state'], readonly [Tone, string]>> = {
  inUse: ['good', 'In use'],
  unused: ['none', 'In reserve'],
  refused: ['bad', 'Refused'],
};

function credentialsCard({ credentials }: StatusReport, nowMs: number): Html {
  if (credentials.length === 0) return card('Credentials', empty('None is configured.'));
  const rows = credentials.map(({ name, kind, state, problem, expiresAtMs }) => [
    html`<span class="mono">${name}</span><span class="sub">${kinds[kind]}${problem !== null && html`: ${problem}`}</span>`,
    badge(...uses[state]),
    expiresAtMs === null ? html`<span class="quiet">not known</span>` : endCell(expiresAtMs, nowMs),
  ]);
  return card(
    'Credentials',
    table(
      'Credentials of the application',
      [{ title: 'Credential' }, { title: 'State' }, { title: 'Ends', kind: 'nowrap' }],
      rows,
    ),
  );
}

function certificatesCard({ certificates }: StatusReport, nowMs: number): Html {
  if (certificates.length === 0)
    return card(
      'Certificates',
      empty('TLS is not configured (ldap.tls), so passwords are taken from this machine alone.'),
    );
  const rows = certificates.map(({ names, validToMs, problem }, index) => [
    html`${index === 0 ? 'For everybody' : names.join(', ')}${problem !== null && html`<span class="sub">not renewed: ${problem}</span>`}`,
    problem === null ? badge('good', 'In use') : badge('bad', 'Not renewed'),
    endCell(validToMs, nowMs),
  ]);
  return card(
    'Certificates',
    table(
      'Certificates of the LDAP server',
      [{ title: 'Server name' }, { title: 'State' }, { title: 'Ends', kind: 'nowrap' }],
      rows,
    ),
  );
}

function endCell(atMs: number, nowMs: number): Html {
  const days = daysLeft(atMs, nowMs);
  return html`${badge(toneOfDays(days), days < 0 ? 'expired' : `${counted(days, 'day')} left`)}<span class="sub">${exactly(atMs)}</span>`;
}

function listenersCard({ listeners, connections }: StatusReport): Html {
  const rows = listeners.map((listener) => [
    html`<span class="mono">${ldapUrl(listener)}</span>`,
    listener.tls ? 'TLS from the first byte' : 'in the clear, until a client asks for StartTLS',
  ]);
  return card('Listeners', table('Where LDAP is served', [{ title: 'Address' }, { title: 'Protection' }], rows), {
    aside: html`<span class="quiet">${counted(connections, 'connection')}</span>`,
  });
}

/** What daemon this is. */
export function daemonCard({ status, nowMs }: Visit): Html {
  const { tenant, config, overlay, sudo, directory, binds, threads } = status;
  const kind = tenant.isHybrid === null ? '' : tenant.isHybrid ? ', hybrid' : ', cloud-only';
  const codes = binds.acceptProven.map((code) => `AADSTS${code}`).join(', ');
  return card(
    'Daemon',
    facts([
      ['Tenant', html`${tenant.displayName ?? ''} <span class="mono">${tenant.id}</span>${kind}`],
      ['Version', status.version],
      ['Started', ago(status.startedAtMs, nowMs)],
      [
        'Configuration',
        config !== null && html`<span class="mono">${config.file}</span>, taken over ${ago(config.sinceMs, nowMs)}`,
      ],
      ['Passwords', binds.entra ? 'checked by Entra' : 'Entra is not asked (bind.entra.enabled)'],
      ['No second factor', codes !== '' && `accepted although Entra wants one: ${codes}`],
      [
        'NT hashes',
        binds.ntHashes !== null &&
          `about ${count(binds.ntHashes.kept)}, read by ${binds.ntHashes.readers.join(', ') || 'nobody'}`,
      ],
      [
        'Threads',
        threads.wanted > 1 &&
          `${count(threads.serving)} of ${count(threads.wanted)}${threads.restarts === 0 ? '' : `, ${count(threads.restarts)} started again`}`,
      ],
      ['Service accounts', directory !== null && String(directory.services)],
      [
        'Overlay',
        overlay !== null &&
          `${counted(overlay.files.length, 'file')}: ${counted(overlay.users, 'user')}, ${counted(overlay.groups, 'group')}, ${counted(overlay.overrides, 'object')} changed`,
      ],
      ['Sudo', sudo !== null && counted(sudo.shown, 'rule')],
    ]),
  );
}
