/**
 * A thread that serves LDAP. It has connections and a reader of the published directory, and asks the main thread who somebody is.
 * It begins to serve when it is told to; it ends when it is told to, or when something happens that nobody has foreseen.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { SharedView } from '../../store/shared-view.ts';
import { type FromWorker, type ToWorker, transferred, type WorkerRequest, type WorkerStart } from './messages.ts';
import { RemoteAuthenticator } from './remote-authenticator.ts';
import { currentPublication } from './shared-memory.ts';
import { WorkerService } from './worker-service.ts';

/** How often the main thread is told what was counted. */
const tellIntervalMs = 1000;

class LdapWorker {
  readonly #port: MessagePort;
  readonly #start: WorkerStart;
  readonly #view: SharedView;
  readonly #authenticator: RemoteAuthenticator;
  #service: WorkerService | undefined;
  /** Resolves when it serves; undefined before it is asked to. */
  #starting: Promise<WorkerService> | undefined;

  constructor(port: MessagePort, start: WorkerStart, view: SharedView) {
    this.#port = port;
    this.#start = start;
    this.#view = view;
    this.#authenticator = new RemoteAuthenticator((message, handedOver) => port.postMessage(message, handedOver));
  }

  hear(message: ToWorker): void {
    switch (message.kind) {
      case 'request':
        void this.#answer(message.id, message.request);
        break;
      case 'verdict':
        this.#authenticator.decided(message);
        break;
      case 'published':
        this.#view.follow();
        this.#afterVerdicts((service) => service.revokeOutdated());
        break;
      case 'use':
        this.#whenServing((service) => service.use(message.settings));
        // Settings may have closed the way by which somebody has just bound.
        this.#afterVerdicts((service) => service.revokeOutdated());
        break;
      case 'tls':
        this.#whenServing((service) => service.renewCertificate(message.tls));
        break;
      case 'revoke':
        this.#afterVerdicts((service) => service.revoke(message.order));
        break;
      case 'stop':
        void this.#stop(message.graceMs);
    }
  }

  /** A verdict that came before has made its connection somebody's by the next turn: only then is it found by who that is. */
  #afterVerdicts(work: (service: WorkerService) => void): void {
    this.#whenServing((service) => setImmediate(() => work(service)));
  }

  /** In the order in which it was told. When it cannot serve, the main thread hears of it as the answer to its request. */
  #whenServing(work: (service: WorkerService) => void): void {
    void this.#starting?.then(work, () => undefined);
  }

  async #answer(id: number, request: WorkerRequest): Promise<void> {
    try {
      await this.#perform(request);
      this.#post({ kind: 'done', id, addresses: this.#service?.addresses ?? [] });
    } catch (error) {
      this.#post({ kind: 'failed', id, failure: transferred(error) });
    }
  }

  async #perform(request: WorkerRequest): Promise<void> {
    if (request.kind === 'snapshot') {
      this.#view.prepare(request.publication);
      this.#view.follow();
      return;
    }
    const post = (message: FromWorker): void => this.#post(message);
    this.#starting = WorkerService.start(this.#start, request.request, this.#view, this.#authenticator, post);
    this.#service = await this.#starting;
    setInterval(() => this.#tell(), tellIntervalMs).unref();
  }

  #tell(): void {
    if (this.#service !== undefined) this.#post({ kind: 'statistics', statistics: this.#service.statistics() });
  }

  /** Without the port, nothing keeps the thread from ending. */
  async #stop(graceMs: number): Promise<void> {
    await this.#starting?.then((service) => service.stop(graceMs)).catch(() => undefined);
    this.#tell();
    await this.#view[Symbol.asyncDispose]();
    this.#port.close();
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

if (parentPort === null) throw new Error('this file is run by a thread of its own');
const start = workerData as WorkerStart;
const view = await SharedView.open({ ...start.store, current: currentPublication(start.memory) });
const worker = new LdapWorker(parentPort, start, view);
parentPort.on('message', (message: ToWorker) => worker.hear(message));
parentPort.postMessage({ kind: 'ready' } satisfies FromWorker);
