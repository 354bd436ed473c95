export { type Authorize, type ClientCredentials, cachedAuthorization, fetchToken, fixedAuthorization } from './auth.js';
export type { Comparison, Verdict } from './paired.js';
export { type BodyTemplate, makePlan, type Plan, type PlannedRequest, type PlanOptions, type ReplayRecord } from './plan.js';
export { type Arm, type ArmResult, CONNECTIONS, type RawLine, type ReplayResult, type RunOptions, runReplay } from './run.js';
export type { StopOptions } from './stop-rules.js';
export { checkTarget, type Target, type TargetRules } from './target.js';
