/** One partition of one topic, as a key of maps. Topics hold no slash. */
export const partitionKey = (topic: string, partition: number): string => `${topic}/${partition}`;
