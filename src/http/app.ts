import Router from '@koa/router';
import Koa from 'koa';
import { PixyError } from '../errors/pixy-error.js';
import { acknowledge } from './acks.js';
import { redirectToCleanPath } from './clean-path.js';
import { consume } from './consume.js';
import { listConsumers } from './consumers.js';
import type { HttpEnvironment } from './environment.js';
import { errorRenderer } from './errors.js';
import { KnownRoutes } from './known-routes.js';
import { getOffsets, setOffsets } from './offsets.js';
import { ping } from './ping.js';
import { produce } from './produce.js';
import { clusterTargetOf, targetOf, type TopicHandler } from './target.js';
import { getTopic, listTopics } from './topics.js';

/** The HTTP API on a bus, without a socket of its own. */
export function createHttpApp(environment: HttpEnvironment): Koa {
  const app = new Koa();
  // What arrives here is an answer that could not be written, most often because the client has gone. With no listener at
  // all Koa prints a stack trace for each.
  app.on('error', (error: unknown) => environment.log.debug({ err: error }, 'an answer could not be written'));
  app.use(errorRenderer(environment.log));
  const known = new KnownRoutes();
  app.use((context, next) => known.find(context)?.(context) ?? next());
  app.use(redirectToCleanPath);
  app.use(routes(environment, known));
  app.use((context) => {
    const matched = (context as { matched?: { methods: string[] }[] }).matched ?? [];
    if (matched.length === 0) throw new PixyError('unknown-path', {});
    const allowed = matched.flatMap(({ methods }) => methods).join(', ');
    throw new PixyError('wrong-method', { method: context.method, allowed });
  });
  return app;
}

function routes(environment: HttpEnvironment, known: KnownRoutes): Koa.Middleware {
  // As the original: no slash may follow, and case matters.
  const router = new Router({ strict: true, sensitive: true });
  // One route for both forms of a path: each further route costs every request a regular expression.
  const onTopic = (method: 'get' | 'post', path: string, handlerFor: TopicHandler) =>
    router[method](`{/clusters/:cluster}${path}`, (context) => {
      const handler = handlerFor(targetOf(environment, context.params));
      known.remember(context, handler);
      return handler(context);
    });
  onTopic('post', '/topics/:topic/messages', produce(environment));
  onTopic('get', '/topics/:topic/messages', consume(environment));
  onTopic('post', '/topics/:topic/acks', acknowledge(environment));
  onTopic('get', '/topics/:topic/offsets', getOffsets(environment));
  onTopic('post', '/topics/:topic/offsets', setOffsets(environment));
  onTopic('get', '/topics/:topic/consumers', listConsumers(environment));
  // The spelling of an example that users of the original copy.
  onTopic('get', '/topic/:topic/consumers', listConsumers(environment));
  onTopic('get', '/topics/:topic', getTopic(environment));
  const topicsOf = listTopics(environment);
  router.get('{/clusters/:cluster}/topics', (context) =>
    topicsOf(clusterTargetOf(environment, context.params))(context),
  );
  router.get('/_ping', ping);
  // The router adds HEAD to each GET; the original answers 405, and a HEAD that consumed a message would lose it.
  for (const layer of router.stack) layer.methods = layer.methods.filter((method) => method !== 'HEAD');
  return router.routes() as Koa.Middleware;
}
