/** The door of the configuration: what the rest of the house may use of it. */
export { defaultConfig, validateConfig, type ClusterConfig, type Config, type ConfigInput } from './schema.js';
export { configFromFlags, flagTable, type FlagName, type FlagValues } from './flags.js';
export { parseAddress, formatAddress, type TcpAddress } from './address.js';
export { kafkaClientId, memberId } from './identity.js';
