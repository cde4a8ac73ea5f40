/** Specs that hold on Node alone, by the beginning of their full titles, and why. */
export const nodeOnly: Readonly<Record<string, string>> = {
  'client network-hints are none where the platform has no such events': 'a page has them',
  'client network-hints hands hints on': "the page's own hints come in between",
  'an envelope in place is sealed, framed': 'here messages below 64 KiB are copied out of the module instead',
  'pack packed bodies cost what they can have unpacked to when they fail':
    'here a missing checksum is no damage: it is not compared',
}
