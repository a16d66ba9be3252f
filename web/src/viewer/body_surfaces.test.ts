import * as THREE from "three";
import { describe, expect, it } from "vitest";
import { colourOfTrack } from "./appearance";
import { BodySurfaces } from "./body_surfaces";
import type { Body } from "./shown_mesh";
import { smoothNormals } from "./space";

const faces = new Uint32Array([0, 1, 2]);
const body = (track: number, root: [number, number, number], vertices: number[]): Body => ({
  track,
  root: new Float32Array(root),
  vertices: new Float32Array(vertices),
});
const corner = [0, 0, 0, 1, 0, 0, 0, 2, 0];

describe("bodies", () => {
  it("stand where their people do, up as up", () => {
    const surfaces = new BodySurfaces(new THREE.Scene());
    surfaces.show([body(4, [1, 2, 3], corner), body(5, [0, 0, 8], corner)], faces);
    expect(surfaces.standing()).toEqual([
      { track: 4, vertices: [[1, -2, -3], [2, -2, -3], [1, -4, -3]] }, // prettier-ignore
      { track: 5, vertices: [[0, 0, -8], [1, 0, -8], [0, -2, -8]] }, // prettier-ignore
    ]);
    surfaces.show([body(5, [0, 0, 9], corner)], faces);
    expect(surfaces.standing().map(({ track, vertices }) => [track, vertices[0]![2]])).toEqual([[5, -9]]);
  });

  it("have the person's colour, and none where there is no place", () => {
    const scene = new THREE.Scene();
    const surfaces = new BodySurfaces(scene);
    surfaces.show([body(2, [0, 0, 1], corner), body(3, [NaN, 0, 1], corner)], faces);
    expect(surfaces.standing().map(({ track }) => track)).toEqual([2]);
    const skin = scene.children[1] as THREE.Mesh<THREE.BufferGeometry, THREE.MeshLambertMaterial>;
    const [red, green, blue] = colourOfTrack(2);
    expect(skin.material.color.getHex()).toBe(red * 65536 + green * 256 + blue);
  });

  it("leave nothing behind", () => {
    const scene = new THREE.Scene();
    const surfaces = new BodySurfaces(scene);
    surfaces.show([body(1, [0, 0, 1], corner)], faces);
    let disposed = 0;
    for (const { geometry } of scene.children as THREE.Mesh[]) geometry.addEventListener("dispose", () => ++disposed);
    surfaces.drop();
    expect(disposed).toBe(2); // of the one geometry that both share
    expect(scene.children).toEqual([]);
    expect(surfaces.standing()).toEqual([]);
  });
});

describe("normals", () => {
  it("lie between those of the triangles, by their size", () => {
    const normals = new Float32Array(12).fill(7);
    // Two squares' halves that meet at a right angle along x.
    smoothNormals(new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2]), new Uint32Array([0, 1, 2, 0, 3, 1]), normals);
    expect([...normals].map((number) => number + 0)).toEqual([0, 2, 1, 0, 2, 1, 0, 0, 1, 0, 2, 0]);
  });
});
