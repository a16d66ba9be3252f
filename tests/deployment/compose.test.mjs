// deploy/compose*.yaml against what `posed init-secrets` writes: each service has its own folder of secrets and no
// other, names only what exists, and cannot do more than it has to.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import yaml from "yaml";

const deploy = new URL("../../deploy/", import.meta.url).pathname;
const load = (name) => yaml.parse(readFileSync(join(deploy, name), "utf8"), { merge: true });
const compose = load("compose.yaml");
const services = Object.entries(compose.services);
const ours = ["api", "inference", "rendering", "janitor", "migrate"];

const parent = mkdtempSync(join(tmpdir(), "posed-compose-"));
const secrets = join(parent, "secrets");
try {
  execFileSync(process.env.POSED_PROGRAM, ["init-secrets", secrets]);
  checkSecrets();
} finally {
  rmSync(parent, { recursive: true });
}
checkNames();
checkConfinement();
checkOverrides();
checkSettings();
console.log(`${services.length} services hold what they should`);

function binds(service) {
  return (service.volumes ?? []).filter((volume) => volume.type === "bind");
}

function checkSecrets() {
  for (const [name, service] of services.filter(([name]) => name !== "init-secrets")) {
    const [mount, ...others] = binds(service).filter(({ source }) => source.includes("secrets"));
    assert.deepEqual(others, [], `${name} has one folder of secrets`);
    assert.equal(mount.source, "${SECRETS:-./secrets}/" + name);
    assert.equal(mount.target, "/run/secrets/posed");
    assert.equal(mount.read_only, true);
    const files = readdirSync(join(secrets, name));
    const used = Object.entries(service.environment ?? {}).filter(([, value]) => value.startsWith("/run/secrets/"));
    for (const [setting, value] of used) {
      const file = value.replace("/run/secrets/posed/", "");
      assert.ok(files.includes(file), `${name}: ${setting} names ${value}, which is not written`);
      if (ours.includes(name)) assert.equal(setting, `${file}_FILE`);
    }
    // Whoever can read a secret uses it.
    if (ours.includes(name)) assert.deepEqual(used.map(([, value]) => value.slice(19)).sort(), files.sort());
  }
  const folders = readdirSync(secrets).sort();
  assert.deepEqual(folders, services.map(([name]) => name).filter((name) => name !== "init-secrets").sort());
}

function checkNames() {
  for (const [name, service] of services) {
    assert.ok(!("container_name" in service), `${name} can be started more than once`);
    for (const volume of (service.volumes ?? []).filter((volume) => typeof volume === "string"))
      assert.ok(volume.split(":")[0] in compose.volumes, `${name}: ${volume} is declared`);
    for (const { source } of binds(service).filter(({ source }) => source.startsWith("./")))
      assert.ok(existsSync(join(deploy, source)) || source === "./secrets", `${name}: ${source} exists`);
    for (const network of service.networks ?? []) assert.ok(network in compose.networks, `${name}: ${network}`);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      assert.ok(other in compose.services, `${name} waits for ${other}`);
      if (condition === "service_healthy") assert.ok(compose.services[other].healthcheck.test, `${other} has a check`);
    }
    if (service.build) assert.match(dockerfile(), new RegExp(` AS ${service.build.target}\n`));
  }
  for (const volume of Object.keys(compose.volumes))
    assert.ok(services.some(([, service]) => (service.volumes ?? []).some((used) => `${used}`.startsWith(`${volume}:`))));
}

function checkConfinement() {
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name);
    assert.ok(service.security_opt.includes("no-new-privileges:true"), name);
    assert.ok("restart" in service, name);
    assert.ok(!service.privileged && !service.network_mode?.startsWith("host"), name);
    if (!["postgres", "minio"].includes(name)) {
      assert.match(service.user, /SECRETS_UID/);
      assert.deepEqual(service.cap_drop, ["ALL"]);
    }
    for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, `${name} is for this machine alone`);
  }
  assert.equal(compose.networks.servers.internal, true);
  assert.deepEqual(services.filter(([, { networks }]) => networks?.includes("front")).map(([name]) => name), ["api"]);
}

function checkOverrides() {
  for (const file of ["compose.local.yaml", "compose.gpu.yaml"])
    for (const [name, service] of Object.entries(load(file).services)) {
      assert.ok(name in compose.services, `${file}: ${name}`);
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
      if (service.build) assert.match(dockerfile(), new RegExp(` AS ${service.build.target}\n`));
    }
}

function checkSettings() {
  const known = readFileSync(join(deploy, "../config/posed.env.example"), "utf8");
  for (const [name, service] of services.filter(([name]) => ours.includes(name)))
    for (const setting of Object.keys(service.environment))
      assert.ok(known.includes(`#${setting.replace(/_FILE$/, "")}=`), `${name}: ${setting} is a setting`);
}

function dockerfile() {
  return readFileSync(join(deploy, "images/Dockerfile"), "utf8");
}
