// The types of what arrives over the wire: the server's own, as JSON leaves them.

import type {
  Alert as ServerAlert, FleetRow as ServerFleetRow, FleetWindow as ServerFleetWindow,
  Refusal as ServerRefusal,
} from '../core/api/management.ts';
import type * as credentials from '../core/api/credential-page.ts';
import type { FileView } from '../core/api/routers/credentials.ts';
import type * as lab from '../core/api/lab.ts';
import type * as models from '../core/api/models.ts';
import type * as views from '../core/api/views.ts';

/** A key that may be undefined may be missing in JSON. */
type OnWire<Whole> = Whole extends readonly (infer Item)[] ? readonly OnWire<Item>[]
  : Whole extends object ? {
    readonly [Key in keyof Whole as undefined extends Whole[Key] ? never : Key]: OnWire<Whole[Key]>
  } & {
    readonly [Key in keyof Whole as undefined extends Whole[Key] ? Key : never]?:
    OnWire<Exclude<Whole[Key], undefined>>
  } : Whole;

export type FleetRow = OnWire<ServerFleetRow>;
export type FleetWindow = OnWire<ServerFleetWindow>;
export type Refusal = OnWire<ServerRefusal>;
export type Alert = OnWire<ServerAlert>;
export type CredentialPage = OnWire<credentials.CredentialPage>;
export type DtlsFile = OnWire<FileView>;
export type Credential = CredentialPage['rows'][number];
export type Run = OnWire<lab.RunView>;
export type RunDetail = OnWire<lab.RunDetail>;
export type RunFindings = OnWire<lab.RunFindings>;
export type Scenario = OnWire<lab.ScenarioView>;
export type ScenarioFacts = OnWire<lab.ScenarioFacts>;
export type ScenarioText = OnWire<lab.ScenarioText>;
export type Mistake = OnWire<lab.Mistake>;
export type Comparison = OnWire<lab.Comparison>;
export type Model = OnWire<models.ModelView>;
export type ModelDetail = OnWire<models.ModelDetail>;
export type ModelList = OnWire<models.ModelList>;
export type ModelResource = ModelDetail['resources'][number];
export type Detail = OnWire<views.DeviceDetailView>;
export type DeviceNews = OnWire<views.DeviceView>;
export type DeviceObject = OnWire<views.ObjectView>;
export type DeviceInstance = OnWire<views.InstanceView>;
export type Resource = OnWire<views.ResourceView>;
export type ResourceFacts = OnWire<views.ResourceFacts>;
export type Value = OnWire<views.ValueView>;
export type LatestValue = OnWire<views.LatestValue>;
export type Series = OnWire<views.SeriesView>;
export type ChartPoint = OnWire<views.ChartPoint>;
export type Operation = OnWire<views.OperationView>;
export type Link = OnWire<views.LinkView>;
export type DeviceEvent = OnWire<views.EventView>;
export type LogLine = OnWire<views.LogLineView>;
export type Place = OnWire<views.PlaceView>;
export type CoapMessage = OnWire<views.MessageView>;
export type Statechart = OnWire<views.StatechartView>;
export type LiveMessage = OnWire<views.LiveMessage>;
