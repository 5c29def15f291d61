/** The door of the configuration: what the rest of the house may use of it. */
export { defaultConfig, validateConfig, type ClusterConfig, type Config, type ConfigInput } from './schema.js';
export { addressSwitchFlags, flagTable, switchFlags, type FlagName, type FlagValues } from './flags.js';
export { loadConfig, standardInspectAddress, type LoadedConfig } from './load.js';
export { nearest } from './nearest.js';
export { parseAddress, formatAddress, isTcpAddress, type TcpAddress } from './address.js';
export { kafkaClientId, memberId } from './identity.js';
export { parseDurationMs } from './duration.js';
