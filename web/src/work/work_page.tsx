import { texts } from "../texts";

export function WorkPage() {
  return <h1 tabIndex={-1}>{texts.navigation.work}</h1>;
}
