# One image for every role (TESSERA_ROLES). It brings no database: DATABASE_URL is required.
#   docker run --read-only --tmpfs /tmp --volume tessera:/var/lib/tessera --env DATABASE_URL=… --publish 8080:8080 tessera
# For hospitals that send HL7 v2: --publish 2575:2575, and TESSERA_MLLP_TLS_CERT and _KEY, or TESSERA_MLLP_ALLOW.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are the embedded Postgres and a Node of our own: the image needs neither.
RUN npm ci --omit=dev --omit=optional
# CycloneDX: what is in this image, for whoever has to know.
RUN npm sbom --sbom-format cyclonedx --omit dev --omit optional > sbom.cdx.json

# The console is bundled here: nothing that it is built of is needed at run time.
FROM node:24-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY scripts/build-web.mjs ./scripts/
COPY web ./web
RUN node scripts/build-web.mjs

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    TESSERA_HOST=0.0.0.0 \
    TESSERA_DATA_DIR=/var/lib/tessera
# The code belongs to root, so that the process cannot change it; the data directory is all it may write.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/tessera
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/sbom.cdx.json ./
COPY package.json LICENSE* ./
COPY bin ./bin
COPY contracts ./contracts
COPY mappings ./mappings
COPY adapters ./adapters
COPY src ./src
COPY --from=console /app/web/dist ./web/dist
USER node
VOLUME /var/lib/tessera
EXPOSE 8080 2575
# node:slim has neither curl nor wget.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TESSERA_PORT||8080}/livez`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGTERM
# See bin/tessera.cjs.
CMD ["node", "--max-semi-space-size=16", "bin/tessera.cjs", "start"]
