import { render } from 'preact';
import './page.css';

render(<p>Nothing is shown yet.</p>, document.getElementById('page')!);
