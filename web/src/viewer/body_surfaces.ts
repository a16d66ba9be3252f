import * as THREE from "three";
import { colourOfTrack } from "./appearance";
import type { Body } from "./shown_mesh";
import { smoothNormals, type Point } from "./space";

/** A body's surface as it stands in the scene: its vertices in metres. */
export interface PlacedBody {
  track: number;
  vertices: Point[];
}

interface Surface {
  track: number;
  geometry: THREE.BufferGeometry;
  /** Drawn first and without colour, so that of what lies behind each other only the nearest is seen. */
  depth: THREE.Mesh;
  skin: THREE.Mesh<THREE.BufferGeometry, THREE.MeshLambertMaterial>;
}

const opacity = 0.5;

/** The people's skins, thin enough for the skeletons to be seen through them. */
export class BodySurfaces {
  private surfaces: Surface[] = [];
  private index: THREE.BufferAttribute | null = null;
  private readonly depthMaterial = new THREE.MeshBasicMaterial({
    colorWrite: false,
    side: THREE.DoubleSide,
    forceSinglePass: true,
    transparent: true, // not before the skeletons, which would hide in it
    polygonOffset: true,
    polygonOffsetFactor: 1,
    polygonOffsetUnits: 1,
  });

  constructor(private readonly scene: THREE.Scene) {}

  show(bodies: Body[], faces: Uint32Array): void {
    if (this.index?.array !== faces) this.drop();
    this.index ??= new THREE.BufferAttribute(faces, 1);
    while (this.surfaces.length < bodies.length) this.surfaces.push(this.make(bodies[0]!.vertices.length));
    this.surfaces.forEach((surface, number) => {
      const body = bodies[number];
      const isThere = body !== undefined && body.root.every(Number.isFinite);
      surface.depth.visible = surface.skin.visible = isThere;
      if (isThere) place(surface, body, faces);
    });
  }

  /** The vertices, as the graphics card has been told. */
  standing(): PlacedBody[] {
    return this.surfaces
      .filter(({ skin }) => skin.visible)
      .map(({ track, geometry, skin }) => {
        const position = geometry.getAttribute("position");
        const vertex = new THREE.Vector3();
        const vertices = Array.from({ length: position.count }, (_, number): Point => {
          vertex.fromBufferAttribute(position, number).applyMatrix4(skin.matrix);
          return [vertex.x, vertex.y, vertex.z];
        });
        return { track, vertices };
      });
  }

  /** Gives back what they take of the graphics card. */
  drop(): void {
    for (const { geometry, depth, skin } of this.surfaces) {
      this.scene.remove(depth, skin);
      geometry.dispose();
      skin.material.dispose();
    }
    this.depthMaterial.dispose();
    this.surfaces = [];
    this.index = null;
  }

  private make(numbers: number): Surface {
    const geometry = new THREE.BufferGeometry().setIndex(this.index);
    for (const name of ["position", "normal"]) {
      const attribute = new THREE.BufferAttribute(new Float32Array(numbers), 3);
      geometry.setAttribute(name, attribute.setUsage(THREE.DynamicDrawUsage));
    }
    const material = new THREE.MeshLambertMaterial({
      side: THREE.DoubleSide,
      forceSinglePass: true,
      transparent: true,
      opacity,
      depthWrite: false,
    });
    const surface = {
      track: 0,
      geometry,
      depth: new THREE.Mesh(geometry, this.depthMaterial),
      skin: new THREE.Mesh(geometry, material),
    };
    [surface.depth, surface.skin].forEach((mesh, order) => {
      mesh.renderOrder = 1 + order;
      mesh.frustumCulled = false; // the bounds are not kept while it moves
      mesh.matrixAutoUpdate = false;
      this.scene.add(mesh);
    });
    return surface;
  }
}

function place(surface: Surface, { track, root, vertices }: Body, faces: Uint32Array): void {
  const { geometry, depth, skin } = surface;
  surface.track = track;
  const position = geometry.getAttribute("position") as THREE.BufferAttribute;
  const normal = geometry.getAttribute("normal") as THREE.BufferAttribute;
  position.copyArray(vertices).needsUpdate = true;
  smoothNormals(vertices, faces, normal.array as Float32Array);
  normal.needsUpdate = true;
  const [red, green, blue] = colourOfTrack(track);
  skin.material.color.setRGB(red / 255, green / 255, blue / 255, THREE.SRGBColorSpace);
  // From the camera's axes to the scene's, as placeOf() does for key points.
  const [x, y, z] = root as unknown as Point;
  for (const mesh of [depth, skin]) mesh.matrix.set(1, 0, 0, x, 0, -1, 0, -y, 0, 0, -1, -z, 0, 0, 0, 1);
}
