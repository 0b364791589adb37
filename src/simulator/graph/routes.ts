/** Which request is of which kind: the names under which statistics count and faults are aimed. */

const GRAPH_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(users|groups)\/(microsoft\.graph\.)?delta(\(\))?$/, '$1Delta'],
  [/^(users|groups)\/\$count$/, '$1'],
  [/^(users|groups)$/, '$1'],
  [/^(user|group)s\/[^/]+$/, '$1'],
  [/^groups\/[^/]+\/(members|transitiveMembers)(\/.*)?$/, '$1'],
  [/^(?:users|groups)\/[^/]+\/(memberOf|transitiveMemberOf)(\/.*)?$/, '$1'],
  [/^users\/[^/]+\/manager$/, 'manager'],
  [/^(?:users|groups|directoryObjects)\/[^/]+\/(?:microsoft\.graph\.)?getMemberGroups$/, 'getMemberGroups'],
  [/^directoryObjects\/(?:microsoft\.graph\.)?(getByIds|getAvailableExtensionProperties)$/, '$1'],
  [/^directoryObjects\/[^/]+$/, 'directoryObject'],
  [/^directory\/deletedItems\/.+$/, 'deletedItems'],
  [/^directory\/(customSecurityAttributeDefinitions)$/, '$1'],
  [/^(schemaExtensions|applications)$/, '$1'],
  [/^(domains|organization|servicePrincipals)(\/.*)?$/, '$1'],
  [/^\$batch$/, 'batch'],
];

/** The part of a path behind `/v1.0/` with keys in parentheses written as segments; undefined outside that version. */
export function graphPath(path: string): string | undefined {
  const match = /^\/v1\.0\/(.*?)\/*$/.exec(path);
  return match?.[1]?.replace(/^([A-Za-z]+)\(([^()/]+)\)/, '$1/$2');
}

/** The kind of a Graph request by its path behind the version; `other` when it is none of those known. */
export function graphKind(path: string): string {
  for (const [pattern, kind] of GRAPH_KINDS) {
    const match = pattern.exec(path);
    if (match !== null) return kind.replace('$1', match[1] ?? '');
  }
  return 'other';
}

/** The kind of any request to the simulator by its path. */
export function requestKind(path: string): string {
  if (path.startsWith('/control/')) return 'control';
  if (/\/oauth2\/v2\.0\/token\/?$/.test(path)) return 'token';
  if (/\/oauth2\/v2\.0\/devicecode\/?$/.test(path)) return 'deviceCode';
  if (path.endsWith('/discovery/instance') || path.endsWith('/.well-known/openid-configuration')) return 'discovery';
  const inner = graphPath(path);
  return inner === undefined ? 'other' : graphKind(inner);
}
