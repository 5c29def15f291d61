/** A daemon as a process of its own, so that it can be killed. Its argument says where the cluster is; it prints its URL. */
import { testConfig, testDaemon } from '../support/real-daemon.js';

const at = JSON.parse(process.argv[2]!) as Parameters<typeof testConfig>[0];
const { url, memberId } = await testDaemon(testConfig(at));
process.stdout.write(`${JSON.stringify({ url, memberId })}\n`);
