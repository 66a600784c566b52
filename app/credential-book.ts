// The credentials of a data folder, wherever they are: asked of the server that runs on it, or read
// and written in its database when none does.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Credentials } from '../actors/credentials.ts';
import { Provisioning } from '../actors/provisioning.ts';
import type { ControlClient } from '../core/api/control-client.ts';
import type { CredentialBook } from '../core/api/credential-book.ts';
import { SystemClock } from '../core/io/clock.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';
import { openSecretKey } from '../core/io/secret-key.ts';
import type { Store } from '../core/ports.ts';
import { SecretBox } from '../core/secret-box.ts';
import type { Change, CredentialRow, Facts } from '../core/store/changes.ts';
import type { Database } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { IF_LOST, missingKeyFile, serverKeyFileOf } from './proofs.ts';
import { UsageError } from './usage-error.ts';
import { withServerOr } from './user-commands.ts';

/** Of the credentials that cannot be read, how many are told by name. */
const NAMED_MAX = 3;

export interface Place {
  readonly data: string;
  /** Undefined: where the server makes it. */
  readonly secretsKeyFile: string | undefined;
}

/** What was done is on disk when it resolves. */
export async function withBook<Answer>(
  place: Place, online: (server: ControlClient) => Promise<Answer>,
  offline: (book: CredentialBook) => Answer,
): Promise<Answer> {
  return withServerOr(place.data, online, async (database) => {
    const store = new DuckDbStore(database);
    const answer = offline(await bookOf(place, database, store));
    await store.settled();
    return answer;
  });
}

/** Where what the folder's secrets are sealed with is. */
function secretsFileOf({ data, secretsKeyFile }: Place): string {
  return secretsKeyFile ?? join(data, 'secret.key');
}

/** For commands that need nothing else; the database is opened only when the file is not there. */
export async function secretKeyOf(place: Place): Promise<Uint8Array> {
  const file = secretsFileOf(place);
  if (existsSync(file)) return openSecretKey(file);
  return withServerOr(place.data,
    async (server) => {
      // Only if it is there: a killed one leaves its socket behind.
      await server.server.facts.query();
      throw missingKeyFile(file);
    },
    async (database) => secretKeyFor(place, new DuckDbStore(database).load()));
}

/** Made only where nothing is sealed yet: with another one, what is there looks damaged. */
async function secretKeyFor(place: Place, facts: Facts): Promise<Uint8Array> {
  const file = secretsFileOf(place);
  const { credentials, associations, dtlsSessions } = facts;
  const hasSealed = credentials.length + associations.length + dtlsSessions.length > 0
    || existsSync(serverKeyFileOf(place.data));
  if (hasSealed && !existsSync(file)) throw missingKeyFile(file);
  return openSecretKey(file);
}

async function bookOf(
  place: Place, database: Database, store: DuckDbStore,
): Promise<CredentialBook> {
  const facts = store.load();
  const secretKey = await secretKeyFor(place, facts);
  const credentials = new Credentials(
    new SecretBox(new NodeCrypto(), new SystemRandom(), secretKey));
  credentials.certificates.restore(facts.certificates);
  restoreAll(credentials, facts.credentials);
  if (facts.credentials.length > 0 && !facts.credentials.some((row) => credentials.isOurs(row))) {
    throw new UsageError(`the credentials in "${database.folder}" were sealed with another key `
      + `file than "${secretsFileOf(place)}"; name it with --secrets-key-file, or, if it is `
      + `lost, ${IF_LOST}`);
  }
  const unreadable = facts.credentials.filter(({ identity }) => credentials.isUnreadable(identity));
  if (unreadable.length > 0) tellUnreadable(unreadable);
  const ends = endsOf(facts);
  const ending: Pick<Store, 'commit'> = {
    commit: (changes) => store.commit([
      ...changes, ...changes.flatMap((change) => ends.get(identityBefore(change) ?? '') ?? []),
    ]),
  };
  // What was agreed on ends with the change itself, also where nobody could read the credential
  // before; what is registered is looked at by the next start (actors/restore.ts).
  const nothing = () => undefined;
  // Only the server is told where the revocation lists are.
  return new Provisioning(credentials, ending, new SystemClock(),
    { given: nothing, ended: nothing }, () => false);
}

/** Opens every secret: here no device comes and shows that its key is damaged. */
function restoreAll(credentials: Credentials, rows: readonly CredentialRow[]): void {
  for (const row of rows) {
    if (credentials.restore(row) && row.kind === 'psk') credentials.keyOf(row);
  }
}

/** Whatever the command is about: they let nobody in. */
function tellUnreadable(unreadable: readonly CredentialRow[]): void {
  const names = unreadable.slice(0, NAMED_MAX).map(({ identity }) => JSON.stringify(identity));
  if (unreadable.length > NAMED_MAX) names.push('...');
  console.error(`${unreadable.length} of the secrets cannot be read: ${names.join(', ')}; rotate `
    + 'gives such a credential another key, revoke takes it away');
}

/** Of a credential that has another secret now, or none; there is none in that of a certificate. */
function identityBefore(change: Change): string | undefined {
  if (change.table === 'credential removed') return change.identity;
  if (change.table !== 'credential' || change.row.kind === 'x509') return undefined;
  return change.row.identity;
}

/** Ends what was agreed on with all devices; gives how many those are. No server may run. */
export async function endAssociations({ data }: Place): Promise<number> {
  return withServerOr(data,
    async (server) => {
      // Only if it is there: a killed one leaves its socket behind.
      await server.server.facts.query();
      throw new UsageError(`a server runs on "${data}"; stop it first`);
    },
    async (database) => {
      const store = new DuckDbStore(database);
      const facts = store.load();
      store.commit([...endsOf(facts).values()].flat());
      await store.settled();
      return facts.associations.length;
    });
}

/** By identity, what makes each association and session with it good for nothing. */
function endsOf({ associations, dtlsSessions }: Facts): ReadonlyMap<string, readonly Change[]> {
  const ends = new Map<string, Change[]>();
  const end = (identity: string, change: Change): void => {
    const others = ends.get(identity);
    if (others === undefined) ends.set(identity, [change]);
    else others.push(change);
  };
  for (const { id, identity } of associations) end(identity, { table: 'association ended', id });
  for (const { id, identity } of dtlsSessions) end(identity, { table: 'dtls_session ended', id });
  return ends;
}
