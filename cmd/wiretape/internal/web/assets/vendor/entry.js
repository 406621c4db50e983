// What the page uses of Preact, its hooks, signals and htm; VENDOR.md has the
// command that makes preact.js of it.
import {h} from "preact";
import htm from "htm";

export const html = htm.bind(h);
export {h, render, Component, Fragment, createContext, createRef} from "preact";
export {useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState} from "preact/hooks";
export {batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect} from "@preact/signals";
