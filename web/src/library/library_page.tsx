import { texts } from "../texts";

export function LibraryPage() {
  return <h1 tabIndex={-1}>{texts.navigation.library}</h1>;
}
