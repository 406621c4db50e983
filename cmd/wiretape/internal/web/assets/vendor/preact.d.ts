// What the page uses of preact.js, as far as its own checks need types. Written
// by hand: the packages' own declarations would be most of the folder.
export interface Signal<T> {
	value: T;
	peek(): T;
	subscribe(fn: (value: T) => void): () => void;
}
export type Ref<T> = {current: T};

export function html(strings: TemplateStringsArray, ...values: any[]): any;
export function h(type: any, props?: any, ...children: any[]): any;
export function render(node: any, parent: Element): void;
export function createContext<T>(value: T): any;
export function createRef<T>(): Ref<T | null>;
export const Fragment: any;
export class Component<P = any, S = any> {
	constructor(props?: P);
	props: any;
	state: any;
	base?: any;
	setState(change: any, done?: () => void): void;
	forceUpdate(done?: () => void): void;
	render(props?: P, state?: S): any;
}

export function useState<T>(initial: T | (() => T)): [T, (next: T | ((was: T) => T)) => void];
export function useRef<T>(initial: T): Ref<T>;
export function useEffect(fn: () => void | (() => void), deps?: any[]): void;
export function useLayoutEffect(fn: () => void | (() => void), deps?: any[]): void;
export function useMemo<T>(make: () => T, deps?: any[]): T;
export function useCallback<T>(fn: T, deps?: any[]): T;
export function useContext(context: any): any;
export function useErrorBoundary(fn?: (err: any) => void): [any, () => void];
export function useId(): string;

export function signal<T>(initial: T): Signal<T>;
export function computed<T>(make: () => T): Signal<T>;
export function effect(fn: () => void | (() => void)): () => void;
export function batch<T>(fn: () => T): T;
export function untracked<T>(fn: () => T): T;
export function useSignal<T>(initial: T): Signal<T>;
export function useComputed<T>(make: () => T): Signal<T>;
export function useSignalEffect(fn: () => void | (() => void)): void;
