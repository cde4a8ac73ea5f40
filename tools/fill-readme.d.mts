/** See fill-readme.mjs. */
export declare function snippet(reference: string): string
export declare function filled(readme: string): string
