/** All words that a person reads, in one place, so that another language is another file. */
export const texts = {
  product: "Posed",
  navigation: {
    label: "Pages",
    skip: "Skip to the content",
    library: "Library",
    work: "Work",
    openTasks: (count: number) => `${count} in progress`,
  },
  theme: { label: "Appearance", system: "As the system", light: "Light", dark: "Dark" },
  state: {
    loading: "Loading",
    again: "Try again",
    awayTitle: "The service does not answer",
    away: "It may be restarting. This page tries again by itself and goes on where it was.",
    awayBanner: "The service does not answer. Trying again…",
    refusedTitle: "That did not work",
    goneTitle: "This is no longer here",
    goneLink: "To the library",
    unknownTitle: "There is no such page",
    unknown: "The address leads nowhere.",
    brokenTitle: "This page broke",
    broken: "That is a fault of ours. Your videos and results are safe.",
    reloadPage: "Load the page again",
  },
  token: {
    title: "This service asks for a token",
    hint: "It is the value of POSED_API_TOKEN that the service was started with.",
    label: "Token",
    give: "Use it",
  },
  dialog: { cancel: "Keep it", close: "Close" },
};
