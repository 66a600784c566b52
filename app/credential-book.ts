// The credentials of a data folder, wherever they are: asked of the server that runs on it, or read
// and written in its database when none does.

import { join } from 'node:path';
import { Credentials } from '../actors/credentials.ts';
import { Provisioning } from '../actors/provisioning.ts';
import type { ControlClient } from '../core/api/control-client.ts';
import type { CredentialBook } from '../core/api/credential-book.ts';
import { SystemClock } from '../core/io/clock.ts';
import { NodeCrypto } from '../core/io/crypto.ts';
import { SystemRandom } from '../core/io/random.ts';
import { openSecretKey } from '../core/io/secret-key.ts';
import { SecretBox } from '../core/secret-box.ts';
import type { Change, Facts } from '../core/store/changes.ts';
import type { Database } from '../core/store/database.ts';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { UsageError } from './usage-error.ts';
import { withServerOr } from './user-commands.ts';

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
export function secretsFileOf({ data, secretsKeyFile }: Place): string {
  return secretsKeyFile ?? join(data, 'secret.key');
}

async function bookOf(
  place: Place, database: Database, store: DuckDbStore,
): Promise<CredentialBook> {
  const file = secretsFileOf(place);
  const secretKey = await openSecretKey(file);
  const credentials = new Credentials(
    new SecretBox(new NodeCrypto(), new SystemRandom(), secretKey));
  const facts = store.load();
  credentials.certificates.restore(facts.certificates);
  for (const row of facts.credentials) {
    if (credentials.restore(row)) continue;
    throw new UsageError(`the credentials in "${database.folder}" were sealed with another key `
      + `file than "${file}"; name it with --secrets-key-file`);
  }
  return new Provisioning(credentials, store, new SystemClock(), {
    // What it had registered without security ends at the next start (actors/restore.ts).
    given: () => undefined,
    ended({ identity }) {
      store.commit(endsOf(facts, (one) => one.identity === identity));
    },
  });
}

/** Ends what was agreed on with all devices; gives how many those are. No server may run. */
export async function endAssociations({ data }: Place): Promise<number> {
  return withServerOr(data,
    async () => {
      throw new UsageError(`a server runs on "${data}"; stop it first`);
    },
    async (database) => {
      const store = new DuckDbStore(database);
      const facts = store.load();
      store.commit(endsOf(facts, () => true));
      await store.settled();
      return facts.associations.length;
    });
}

/** What was agreed on with them is no longer good. */
function endsOf(
  { associations, dtlsSessions }: Facts, isEnded: (one: { readonly identity: string }) => boolean,
): Change[] {
  return [
    ...associations.filter(isEnded).map(({ id }): Change => ({ table: 'association ended', id })),
    ...dtlsSessions.filter(isEnded).map(({ id }): Change => ({ table: 'dtls_session ended', id })),
  ];
}
