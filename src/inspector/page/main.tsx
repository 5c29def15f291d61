import { render } from 'preact';
import { App } from './app.js';
import './page.css';
import { PageStore } from './store.js';

render(<App store={new PageStore()} />, document.getElementById('page')!);
