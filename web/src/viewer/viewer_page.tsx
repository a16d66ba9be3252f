/** A placeholder until the viewer is there. */
export const ViewerPage = ({ estimationId, frame }: { estimationId: number; frame: number | null }) => <p>Estimation {estimationId}, frame {frame ?? 0}</p>;
