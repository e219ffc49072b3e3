# The compiler is one native package for each platform, all of them optional: they must not be omitted here.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY routes routes
RUN npm run build

# The optional dependency is a Node of its own, for machines without one; the base image is Node.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="graph-token-broker" \
      org.opencontainers.image.description="Keeps daemon-app certificates in Azure Key Vault and hands internal services cached app-only Microsoft Graph access tokens." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/graph-token-broker
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE NOTICE ./

# Loopback inside a container reaches nobody. Off loopback the broker wants TLS, or to be told that a proxy does it.
ENV NODE_ENV=production \
    LISTEN=0.0.0.0:8080 \
    SQLITE_PATH=/var/lib/graph-token-broker/registry.sqlite
VOLUME /var/lib/graph-token-broker
EXPOSE 8080
USER 10001:10001
STOPSIGNAL SIGTERM

# The probe asks its own container, where the certificate's name cannot fit.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const [, host, port] = /^\\[?(.+?)\\]?:(\\d+)$/.exec(process.env.LISTEN); const any = { '0.0.0.0': '127.0.0.1', '::': '::1' }; require(process.env.TLS_CERT_FILE ? 'https' : 'http').get({ host: any[host] ?? host, port, path: '/livez', rejectUnauthorized: false }, (reply) => process.exit(reply.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Little room for new objects, so that the process stays small: docs/operations.md#memory.
CMD ["node", "--max-semi-space-size=8", "dist/src/server.js"]
