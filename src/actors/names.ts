/** Source: `Topic.validate` of the Kafka broker. */
const topicPattern = /^[A-Za-z0-9._-]{1,249}$/;

/** Whether Kafka could ever have a topic of this name. */
export function isTopicName(name: string): boolean {
  return topicPattern.test(name) && name !== '.' && name !== '..';
}

const groupLengthMax = 255;

/** What a ZooKeeper path may not hold, and the slash that would nest. Source: `PathUtils.validatePath` of ZooKeeper. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const notInNode = /[/\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Whether a group of this name can have its node in ZooKeeper. */
export function isGroupName(name: string): boolean {
  return name.length >= 1 && name.length <= groupLengthMax && !notInNode.test(name) && name !== '.' && name !== '..';
}
