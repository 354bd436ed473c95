/** Put in place by the build (`scripts/build.mjs`) and by the test set-up; sources that run as they are have none. */
declare const TOKEN_TAX_VERSION: string | undefined;

export const version: string = typeof TOKEN_TAX_VERSION === 'string' ? TOKEN_TAX_VERSION : '0.0.0-source';
