import { createStore, type StoreApi } from 'zustand/vanilla';
import { initialState, type UiState } from './state.ts';

export type Store = StoreApi<UiState>;

export const createUiStore = (state: UiState = initialState): Store => createStore(() => state);
