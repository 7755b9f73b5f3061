/** What zstd-codec's binding is, as far as it is used; it comes without types. */
declare module 'zstd-codec/lib/module.js' {
  export interface ZstdBinding {
    readonly ZstdCompressStreamBinding: new () => ZstdStream & { begin(level: number): boolean };
    readonly ZstdDecompressStreamBinding: new () => ZstdStream & { begin(): boolean };
  }

  export interface ZstdStream {
    /** False where libzstd refuses. What `take` is given is valid during the call alone. */
    transform(bytes: Uint8Array, take: (bytes: Uint8Array) => void): boolean;
    end(take: (bytes: Uint8Array) => void): boolean;
    /** Frees it. */
    delete(): void;
  }

  export interface ZstdModule {
    readonly run: (take: (binding: ZstdBinding) => void) => void;
  }

  const module: ZstdModule;
  export default module;
}
