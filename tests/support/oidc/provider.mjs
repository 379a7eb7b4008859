// An authorization server for the tests: node provider.mjs FOLDER, where FOLDER holds node_modules.
// A line of JSON on stdin changes how it is; it says in JSON, a line each, where it stands and what it has granted.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { createInterface } from 'node:readline';

console.log = console.info = console.error; // stdout is for what we say
const { default: Provider } = await import(pathToFileURL(`${process.argv[2]}/node_modules/oidc-provider/lib/index.js`));

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const state = JSON.parse((await lines.next()).value);

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const byPerson = {
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
  response_types: ['code'],
  redirect_uris: state.redirect_uris,
  application_type: 'native', // RFC 8252 section 7.3: any port of a loopback address
};
const byItself = { response_types: [], redirect_uris: [], client_secret: state.secret };
const access = () => state.access_token_s;

const provider = new Provider(issuer, {
  clients: [
    { ...byPerson, client_id: 'panel-public', token_endpoint_auth_method: 'none' },
    { ...byPerson, client_id: 'panel-secret', client_secret: state.secret },
    { ...byItself, client_id: 'panel-app', grant_types: ['client_credentials'] },
    { ...byItself, client_id: 'mail-server', grant_types: [] },
  ],
  scopes: ['openid', 'email', 'groups', 'offline_access', 'smtp'],
  claims: { email: ['email'], groups: ['groups'] },
  conformIdTokenClaims: false, // so that an ID token tells the address
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  cookies: { keys: [state.secret] },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId === 'mail-server' },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => client.clientId === token.clientId },
  },
  ttl: {
    AccessToken: access, ClientCredentials: access, DeviceCode: 600, Grant: 86400, IdToken: 3600, Interaction: 600,
    RefreshToken: 86400, Session: 600,
  },
  rotateRefreshToken: true,
  extraTokenClaims: (_ctx, token) => ({ username: token.accountId ?? state.application }),
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, groups: state.groups[id] }) }),
});

provider.use(async (ctx, next) => {
  await next();
  if (ctx.body?.device_code) ctx.body.interval = 1; // seconds; 5 where it says nothing
});

const granted = (event) => (ctx) => say({ event, client: ctx.oidc.client?.clientId, type: ctx.oidc.params?.grant_type });
provider.on('grant.success', granted('granted'));
provider.on('grant.error', granted('refused'));
provider.on('grant.revoked', granted('revoked'));
provider.on('server_error', (_ctx, fault) => console.error(fault));

server.on('request', provider.callback());
say({ issuer });
for await (const line of lines) {
  Object.assign(state, JSON.parse(line));
  say({ event: 'changed' });
}
process.exit(); // whoever started it has gone
