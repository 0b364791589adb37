# The image of entra-ldapd, for linux/amd64 and linux/arm64: nothing in it is compiled for a machine, the packages with native parts
# bring them for both. How to run it: packaging/README.md.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
# Process 1 passes signals on and takes in orphans, which Node.js does not do.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* /var/log/* \
  && groupadd --system --gid 10001 entra-ldapd \
  && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/entra-ldapd --shell /usr/sbin/nologin entra-ldapd \
  && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/entra-ldapd \
  && install --directory --mode=0755 /etc/entra-ldapd
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /build/dist/src ./dist/src
COPY package.json LICENSE README.md CHANGELOG.md SECURITY.md UPGRADING.md ./
COPY config/entra-ldapd.example.yaml config/entra-ldapd.schema.json ./config/
RUN printf '#!/bin/sh\nexec node /app/dist/src/main.js "$@"\n' > /usr/local/bin/entra-ldapd && chmod 0755 /usr/local/bin/entra-ldapd
ENV NODE_ENV=production
USER 10001:10001
# The root file system may be read-only: this is all that is written to.
VOLUME /var/lib/entra-ldapd
WORKDIR /var/lib/entra-ldapd
# LDAP, LDAPS and HTTP (health, metrics, status page) as the configuration in packaging/ has them.
EXPOSE 3389 3636 8389
HEALTHCHECK --interval=30s --timeout=10s --start-period=5m --retries=3 \
  CMD ["entra-ldapd", "healthcheck", "--config", "/etc/entra-ldapd/entra-ldapd.yaml"]
ENTRYPOINT ["/usr/bin/tini", "--", "entra-ldapd"]
CMD ["serve", "--config", "/etc/entra-ldapd/entra-ldapd.yaml"]
