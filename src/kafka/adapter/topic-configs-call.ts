import type { TopicConfig } from '../port.js';
import { brokerErrorName } from './broker-errors.js';
import { kafkajsCall } from './calls.js';
import type { CallFor } from './calls.js';
import { commonVersion } from './versions.js';

/** Source: Kafka's `ConfigResource.Type` and `DescribeConfigsResponse.ConfigSource`. */
const TOPIC = 2;
const SET_FOR_TOPIC = 1;

interface Decoded {
  resources: {
    errorCode: number;
    resourceName: string;
    /** In version 0 brokers say only whether a value is the default; kafkajs makes that into a source. */
    configEntries: { configName: string; configValue: string | null; configSource: number }[];
  }[];
}

export const topicConfigsCall =
  (topics: readonly string[]): CallFor<readonly TopicConfig[]> =>
  (versions) =>
    kafkajsCall<Decoded, readonly TopicConfig[]>(
      'DescribeConfigs',
      commonVersion(versions, 'DescribeConfigs'),
      { resources: topics.map((name) => ({ type: TOPIC, name })) },
      ({ resources }) => {
        const known = new Map(resources.map((resource) => [resource.resourceName, resource]));
        return topics.map((topic): TopicConfig => {
          const found = known.get(topic);
          if (!found) return { topic, error: 'UNKNOWN_-1', entries: {} };
          const set = found.configEntries.filter(({ configSource }) => configSource === SET_FOR_TOPIC);
          const entries = Object.fromEntries(set.map(({ configName, configValue }) => [configName, configValue ?? '']));
          return { topic, error: brokerErrorName(found.errorCode), entries };
        });
      },
    );
