// deploy/kubernetes, rendered by kubectl, against compose.yaml and what `posed init-secrets` writes.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import yaml from "yaml";

const deploy = new URL("../../deploy/", import.meta.url).pathname;
if (spawnSync("kubectl", ["version", "--client"]).error) {
  console.log("skipped: kubectl is missing (Debian package kubernetes-client)");
  process.exit(0);
}

const render = (overlay) => {
  const text = execFileSync("kubectl", ["kustomize", join(deploy, "kubernetes", overlay)], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return yaml.parseAllDocuments(text).map((document) => document.toJSON());
};
const base = render("base");
const parent = mkdtempSync(join(tmpdir(), "posed-manifests-"));
const secrets = join(parent, "secrets");
try {
  execFileSync(process.env.POSED_PROGRAM, ["init-secrets", secrets]);
  for (const role of ["api", "inference", "rendering", "janitor", "migrate"]) checkPod(role, podOf(base, role));
} finally {
  rmSync(parent, { recursive: true });
}
checkCommands();
checkServing();
checkReach();
checkScaling();
checkGpu();
console.log(`${base.length} objects hold what they should`);

function find(objects, kind, name) {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  assert.equal(found.length, 1, `${kind} ${name}`);
  return found[0];
}

function podOf(objects, role) {
  return find(objects, role === "migrate" ? "Job" : "Deployment", `posed-${role}`).spec.template;
}

function checkPod(role, { metadata, spec }) {
  assert.deepEqual(metadata.labels, { app: "posed", role });
  assert.equal(spec.enableServiceLinks, false);
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.ok(spec.terminationGracePeriodSeconds > 10);
  assert.deepEqual(spec.volumes.filter(({ secret }) => secret).map(({ secret }) => secret.secretName), [`posed-${role}`]);
  const [container] = spec.containers;
  assert.equal(container.securityContext.readOnlyRootFilesystem, true);
  assert.equal(container.securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(container.securityContext.capabilities, { drop: ["ALL"] });
  const mounts = Object.fromEntries(container.volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  assert.equal(mounts.secrets, "/run/secrets/posed");
  // Every secret of the role is named, as a file, and none is a value of the environment.
  const named = container.env.filter(({ name }) => name.endsWith("_FILE"));
  for (const { name, value } of named) assert.equal(`${value}_FILE`, `/run/secrets/posed/${name}`);
  assert.deepEqual(named.map(({ value }) => value.slice(19)).sort(), readdirSync(join(secrets, role)).sort());
  assert.ok(container.env.every(({ valueFrom }) => !valueFrom));
}

function checkCommands() {
  const { services } = yaml.parse(readFileSync(join(deploy, "compose.yaml"), "utf8"), { merge: true });
  for (const role of ["api", "inference", "rendering", "janitor"]) {
    const [container] = podOf(base, role).spec.containers;
    assert.deepEqual(container.args, services[role].command);
    assert.equal(container.image.split(":")[0], services[role].image);
  }
  assert.equal(podOf(base, "migrate").spec.containers[0].args[0], services.migrate.command[0]);
}

function checkServing() {
  const [api] = podOf(base, "api").spec.containers;
  assert.equal(api.livenessProbe.httpGet.path, "/health/shallow/");
  assert.deepEqual(api.readinessProbe.exec.command, ["health-check", "api"]);
  for (const role of ["inference", "rendering"])
    assert.deepEqual(podOf(base, role).spec.containers[0].livenessProbe.exec.command, ["health-check", "worker"]);
  for (const role of ["api", "inference", "rendering"]) {
    const { spec } = find(base, "PodDisruptionBudget", `posed-${role}`);
    assert.deepEqual(spec.selector.matchLabels, { app: "posed", role });
  }
  assert.deepEqual(find(base, "Service", "posed-api").spec.selector, { app: "posed", role: "api" });
}

function checkReach() {
  const policies = base.filter(({ kind }) => kind === "NetworkPolicy");
  assert.deepEqual(find(base, "NetworkPolicy", "posed-nothing").spec, {
    podSelector: { matchLabels: { app: "posed" } },
    policyTypes: ["Ingress", "Egress"],
  });
  const entered = policies.filter(({ spec }) => spec.ingress).map(({ spec }) => spec.podSelector.matchLabels.role);
  assert.deepEqual(entered, ["api"]);
}

function checkScaling() {
  for (const [role, queue] of [["inference", "inference"], ["rendering", "default"]]) {
    const { spec } = find(base, "ScaledObject", `posed-${role}`);
    assert.equal(spec.scaleTargetRef.name, `posed-${role}`);
    assert.ok(!("replicas" in find(base, "Deployment", `posed-${role}`).spec), "two would decide how many");
    for (const { metadata, authenticationRef } of spec.triggers) {
      assert.ok(metadata.valueLocation.endsWith(`{queue="${queue}"}`));
      const [{ name, key }] = find(base, "TriggerAuthentication", authenticationRef.name).spec.secretTargetRef;
      assert.deepEqual([name, key], ["posed-api", "POSED_API_TOKEN"]);
      const host = new URL(metadata.url).hostname;
      const allowed = podOf(base, "api").spec.containers[0].env.find(({ name }) => name === "POSED_ALLOWED_HOSTS");
      assert.ok(allowed.value.split(",").includes(host), `${host} is let in`);
    }
  }
}

function checkGpu() {
  const version = execFileSync("kubectl", ["version", "--client", "-o", "json"], { encoding: "utf8" });
  if (Number.parseInt(JSON.parse(version).clientVersion.minor) < 22) {
    console.log("kubernetes/gpu is not rendered: this kubectl is older than 1.22, whose kustomize reads no folders");
    return;
  }
  const [container] = podOf(render("gpu"), "inference").spec.containers;
  assert.match(container.image, /^posed-worker-cuda:/);
  assert.equal(container.resources.limits["nvidia.com/gpu"], 1);
  assert.ok(container.env.some(({ name }) => name === "POSED_DATABASE_URL_FILE"), "the base's stays");
}
