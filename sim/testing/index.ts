// `flownexus/testing`: what testers draw from and play in, for properties of their own. Documented
// in docs/testing.md; our own tests use the same.

export { default as fc } from 'fast-check';

export { bytes, datagram, message, optionsOf, TYPICAL } from './messages.ts';
export { hostileDatagram, mutated, mutation, type Mutation } from './hostile.ts';
export { oddRegisterRequest, registerRequest, type RegisterRequest } from './registrations.ts';
export { entriesOf, resourceValue, valueAt, valueOfType, withTimes } from './values.ts';
export { anyAction, fleet, networkRules, scenario } from './scenarios.ts';
export {
  playCommands, scenarioOf, worldCommands, type PlayOptions, type WorldCommands,
} from './commands.ts';
export { writesScenario } from './counterexample.ts';

export { RawClient } from './raw-client.ts';
export { World, type WorldOptions } from '../world.ts';
export { float, integer, Resources, text, type ValueAt } from '../resources.ts';
export { constant, ramp, wave, type Signal } from '../signals.ts';
export { runScenario, type RunOptions, type RunResult } from '../run.ts';
export { shrink, type Shrunk } from '../shrink.ts';
export { swarmScenario } from '../swarm.ts';
export { underTripwire } from '../tripwire.ts';
export { CALM, LOSSY, type NetworkRules } from '../network-rules.ts';
export type { Action, Fleet, Scenario, TimedAction } from '../scenario/model.ts';
export { parseScenario } from '../scenario/file.ts';
export { writeScenario } from '../scenario/write.ts';
export { allOracles } from '../oracles/all.ts';
export type { Observer } from '../observer.ts';
export type { Oracle, Violation } from '../oracles/oracle.ts';

export { ServerManagement } from '../../actors/management.ts';
export { DEFAULT_CONFIG, type ServerConfig } from '../../actors/config.ts';
export { decodeMessage, encodeMessage } from '../../core/coap/codec.ts';
export { Code, formatCode, type Message } from '../../core/coap/message.ts';
export { decodePayload, encodePayload } from '../../core/lwm2m/content-format.ts';
