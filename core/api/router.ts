// The whole API as one router, served under /trpc and on the control socket. The dashboard imports
// `AppRouter` and the types of views.ts, nothing else.

import { router } from './procedure.ts';
import { alertsRouter } from './routers/alerts.ts';
import { deviceRouter } from './routers/device.ts';
import { fleetRouter, serverRouter } from './routers/fleet.ts';
import { labRouter } from './routers/lab.ts';
import { liveRouter } from './routers/live.ts';
import { logsRouter } from './routers/logs.ts';
import { messagesRouter } from './routers/messages.ts';
import { modelsRouter } from './routers/models.ts';
import { sessionRouter } from './routers/session.ts';
import { usersRouter } from './routers/users.ts';

export const appRouter = router({
  session: sessionRouter,
  users: usersRouter,
  server: serverRouter,
  fleet: fleetRouter,
  device: deviceRouter,
  alerts: alertsRouter,
  logs: logsRouter,
  messages: messagesRouter,
  models: modelsRouter,
  lab: labRouter,
  live: liveRouter,
});

export type AppRouter = typeof appRouter;
