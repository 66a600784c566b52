// The whole API as one router, served under /trpc and on the control socket. The dashboard imports
// `AppRouter` and the types of views.ts, nothing else.

import { router } from './procedure.ts';
import { alertsRouter } from './routers/alerts.ts';
import { credentialsRouter } from './routers/credentials.ts';
import { deviceRouter } from './routers/device.ts';
import { eventsRouter } from './routers/events.ts';
import { fleetRouter, serverRouter } from './routers/fleet.ts';
import { labRouter } from './routers/lab.ts';
import { liveRouter } from './routers/live.ts';
import { logsRouter } from './routers/logs.ts';
import { messagesRouter } from './routers/messages.ts';
import { modelsRouter } from './routers/models.ts';
import { operationsRouter } from './routers/operations.ts';
import { sessionRouter } from './routers/session.ts';
import { sqlRouter } from './routers/sql.ts';
import { telemetryRouter } from './routers/telemetry.ts';
import { tokensRouter } from './routers/tokens.ts';
import { usersRouter } from './routers/users.ts';
import { webhooksRouter } from './routers/webhooks.ts';

export const appRouter = router({
  session: sessionRouter,
  users: usersRouter,
  tokens: tokensRouter,
  server: serverRouter,
  fleet: fleetRouter,
  device: deviceRouter,
  credentials: credentialsRouter,
  operations: operationsRouter,
  events: eventsRouter,
  telemetry: telemetryRouter,
  sql: sqlRouter,
  webhooks: webhooksRouter,
  alerts: alertsRouter,
  logs: logsRouter,
  messages: messagesRouter,
  models: modelsRouter,
  lab: labRouter,
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
