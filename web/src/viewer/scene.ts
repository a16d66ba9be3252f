import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Header } from "../archive/header";
import type { Person } from "../archive/pose_archive";
import { colouring, lookOfKeypoint, opacityOfConfidence, type Looks, type Rgb } from "./appearance";
import { BodySurfaces, type PlacedBody } from "./body_surfaces";
import type { Body } from "./shown_mesh";
import { middleOf, placeOf, type Point } from "./space";

export const viewNames = ["corner", "front", "side", "top"] as const;
export type ViewName = (typeof viewNames)[number];

/** From the middle of what is seen to the eye, in metres. */
const eyes: Record<ViewName, Point> = {
  corner: [1.9, 0.9, 2.7],
  front: [0, 0.1, 3.4],
  side: [3.4, 0.1, 0],
  top: [0, 3.4, 0.001], // straight above, the view would not know which way is up
};

export interface SceneColours {
  ground: string;
  line: string;
}

/** A key point as it stands in the scene, in metres. */
export interface PlacedPoint {
  track: number;
  keypoint: number;
  place: Point;
}

const jointRadius = 0.026;
const linkRadius = 0.013;

/** People on a floor, drawn when something changed and not otherwise. Throws where the browser has no WebGL. */
export class Scene {
  private readonly renderer: THREE.WebGLRenderer;
  private readonly scene = new THREE.Scene();
  private readonly camera = new THREE.PerspectiveCamera(38, 1, 0.05, 80);
  private readonly controls: OrbitControls;
  private readonly ground = new THREE.Color();
  private grid: THREE.LineSegments | null = null;
  private joints: THREE.InstancedMesh | null = null;
  private links: THREE.InstancedMesh | null = null;
  private readonly surfaces = new BodySurfaces(this.scene);
  private placed: PlacedPoint[] = [];
  private middle: Point = [0, 1, -3];
  private hasMiddle = false;
  private isFollowing = true;
  private pending = 0;

  constructor(
    canvas: HTMLCanvasElement,
    private readonly header: Header,
    private readonly floor: number,
  ) {
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: !isDrawnBySoftware() });
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = false;
    this.controls.minDistance = 0.4;
    this.controls.maxDistance = 30;
    this.controls.addEventListener("change", () => this.draw());
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x8a8f96, 2.2));
    const sun = new THREE.DirectionalLight(0xffffff, 1.6);
    sun.position.set(2, 5, 3);
    this.scene.add(sun);
    this.view("corner");
  }

  show(people: Person[], looks: Looks): void {
    this.placed = [];
    const middle = middleOf(people);
    if (middle) this.moveTo(middle);
    this.reserve(people.length);
    this.standPeople(people, looks);
    this.draw();
  }

  /** The people's skins; null gives back what they take of the graphics card. */
  cover(bodies: Body[] | null, faces: Uint32Array | null): void {
    if (bodies && faces) this.surfaces.show(bodies, faces);
    else this.surfaces.drop();
    this.draw();
  }

  covering(): PlacedBody[] {
    return this.surfaces.standing();
  }

  /** Where the joints stand, as the graphics card has been told. */
  standing(): PlacedPoint[] {
    const matrix = new THREE.Matrix4();
    const place = new THREE.Vector3();
    return this.placed.map((point, instance) => {
      this.joints!.getMatrixAt(instance, matrix);
      place.setFromMatrixPosition(matrix);
      return { ...point, place: [place.x, place.y, place.z] };
    });
  }

  view(name: ViewName): void {
    const eye = eyes[name];
    this.controls.target.set(...this.middle);
    this.camera.position.set(this.middle[0] + eye[0], this.middle[1] + eye[1], this.middle[2] + eye[2]);
    this.controls.update();
    this.draw();
  }

  follow(isFollowing: boolean): void {
    this.isFollowing = isFollowing;
    if (!isFollowing) return;
    this.shift(this.middle);
    this.draw();
  }

  /** Turns the eye around the middle by angles, or brings it closer by a factor: what a mouse does, for keys. */
  turn(around: number, over: number, nearer = 1): void {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const place = new THREE.Spherical().setFromVector3(offset);
    place.theta += around;
    place.phi = Math.min(Math.PI - 0.01, Math.max(0.01, place.phi + over));
    place.radius = Math.min(this.controls.maxDistance, Math.max(this.controls.minDistance, place.radius * nearer));
    this.camera.position.copy(this.controls.target).add(offset.setFromSpherical(place));
    this.controls.update();
    this.draw();
  }

  paint({ ground, line }: SceneColours): void {
    this.ground.setStyle(ground);
    this.scene.background = this.ground;
    this.scene.fog = new THREE.Fog(this.ground, 6, 16);
    this.dropGrid();
    this.grid = new THREE.LineSegments(
      gridOf(10, 0.5),
      new THREE.LineBasicMaterial({ color: line, transparent: true, opacity: 0.5 }),
    );
    this.placeGrid();
    this.scene.add(this.grid);
    this.draw();
  }

  resize(width: number, height: number): void {
    if (width === 0 || height === 0) return;
    // Twice is as sharp as the eye sees; more is only slow.
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  close(): void {
    cancelAnimationFrame(this.pending);
    this.pending = -1;
    this.controls.dispose();
    this.surfaces.drop();
    this.drop();
    this.dropGrid();
    this.renderer.dispose();
  }

  /** Soon, once for all changes until then. */
  private draw(): void {
    if (this.pending !== 0) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.renderer.render(this.scene, this.camera);
    });
  }

  private moveTo(middle: Point): void {
    const isFirst = !this.hasMiddle;
    this.middle = middle;
    this.hasMiddle = true;
    if (isFirst) {
      this.placeGrid();
      this.view("corner");
    } else if (this.isFollowing) this.shift(middle);
  }

  private shift(middle: Point): void {
    const way = new THREE.Vector3(...middle).sub(this.controls.target);
    this.controls.target.add(way);
    this.camera.position.add(way);
    this.controls.update();
  }

  /** Under the people, on its own lines, so that it does not slide along with them. */
  private placeGrid(): void {
    this.grid?.position.set(Math.round(this.middle[0]), this.floor, Math.round(this.middle[2]));
  }

  private reserve(people: number): void {
    const joints = people * this.header.keypointNames.length;
    if (this.joints && joints <= this.joints.instanceMatrix.count) return;
    this.drop();
    const material = () => new THREE.MeshLambertMaterial();
    // A few pixels wide each, and many: without a graphics card it is their faces that take the time.
    this.joints = new THREE.InstancedMesh(new THREE.SphereGeometry(1, 8, 6), material(), Math.max(1, joints));
    this.links = new THREE.InstancedMesh(
      new THREE.CylinderGeometry(1, 1, 1, 6, 1, true),
      material(),
      Math.max(1, people * this.header.keypointLinks.length),
    );
    for (const mesh of [this.joints, this.links]) {
      mesh.frustumCulled = false; // the bounds of instances are not kept while they move
      this.scene.add(mesh);
    }
  }

  private dropGrid(): void {
    if (!this.grid) return;
    this.scene.remove(this.grid);
    this.grid.geometry.dispose();
    (this.grid.material as THREE.Material).dispose();
  }

  private drop(): void {
    for (const mesh of [this.joints, this.links]) {
      if (!mesh) continue;
      this.scene.remove(mesh);
      mesh.geometry.dispose();
      (mesh.material as THREE.Material).dispose();
      mesh.dispose();
    }
    this.joints = this.links = null;
  }

  private standPeople(people: Person[], looks: Looks): void {
    const { keypointNames, keypointLinks } = this.header;
    const colours = colouring(keypointNames, keypointLinks, looks.colours);
    let links = 0;
    for (const person of people) {
      const places = keypointNames.map((_, keypoint) => placeOf(person, keypoint));
      places.forEach((place, keypoint) => {
        if (!place.every(Number.isFinite)) return;
        const radius = jointRadius * lookOfKeypoint(keypointNames[keypoint]!).size;
        const colour = this.faded(colours.ofPoint(keypoint, person.track), person.confidence[keypoint]!);
        stand(this.joints!, this.placed.length, place, radius, colour);
        this.placed.push({ track: person.track, keypoint, place });
      });
      keypointLinks.forEach(([a, b], link) => {
        if (![...places[a]!, ...places[b]!].every(Number.isFinite)) return;
        const confidence = Math.min(person.confidence[a]!, person.confidence[b]!);
        lay(this.links!, links++, places[a]!, places[b]!, this.faded(colours.ofLink(link, person.track), confidence));
      });
    }
    finish(this.joints!, this.placed.length);
    finish(this.links!, links);
  }

  /** Towards the ground's colour, the less the estimator was sure. */
  private faded([red, green, blue]: Rgb, confidence: number): THREE.Color {
    const colour = new THREE.Color().setRGB(red / 255, green / 255, blue / 255, THREE.SRGBColorSpace);
    return colour.lerp(this.ground, 1 - opacityOfConfidence(confidence));
  }
}

/** Without a graphics card smooth edges take more time than everything else together. */
function isDrawnBySoftware(): boolean {
  const probe = document.createElement("canvas").getContext("webgl2");
  if (!probe) return false;
  const names = probe.getExtension("WEBGL_debug_renderer_info");
  const name = String(probe.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER));
  probe.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|softpipe|basic render/i.test(name);
}

/**
 * Squares on the floor, `reach` metres to each side. Every line is cut into pieces of a square's length: a software
 * renderer drops a line that goes on behind the eye.
 */
function gridOf(reach: number, square: number): THREE.BufferGeometry {
  const count = Math.round(reach / square);
  const ends: number[] = [];
  for (let across = -count; across <= count; ++across) {
    for (let along = -count; along < count; ++along) {
      const [line, from, to] = [across * square, along * square, (along + 1) * square];
      ends.push(line, 0, from, line, 0, to, from, 0, line, to, 0, line);
    }
  }
  return new THREE.BufferGeometry().setAttribute("position", new THREE.Float32BufferAttribute(ends, 3));
}

const matrix = new THREE.Matrix4();
const up = new THREE.Vector3(0, 1, 0);

function stand(mesh: THREE.InstancedMesh, instance: number, place: Point, radius: number, colour: THREE.Color): void {
  matrix.makeScale(radius, radius, radius).setPosition(...place);
  mesh.setMatrixAt(instance, matrix);
  mesh.setColorAt(instance, colour);
}

function lay(mesh: THREE.InstancedMesh, instance: number, from: Point, to: Point, colour: THREE.Color): void {
  const start = new THREE.Vector3(...from);
  const way = new THREE.Vector3(...to).sub(start);
  const length = way.length();
  const turn = new THREE.Quaternion().setFromUnitVectors(up, way.clone().normalize());
  matrix.compose(start.addScaledVector(way, 0.5), turn, new THREE.Vector3(linkRadius, length, linkRadius));
  mesh.setMatrixAt(instance, matrix);
  mesh.setColorAt(instance, colour);
}

function finish(mesh: THREE.InstancedMesh, count: number): void {
  mesh.count = count;
  mesh.instanceMatrix.needsUpdate = true;
  if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
}
