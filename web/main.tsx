import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/chain.css';
import './styles/pages.css';
import './styles/manage.css';
import { render } from 'preact';
import { App } from './app';
import { loadHub } from './hub';
import { session, loadSession } from './session';

const root = document.getElementById('app');
if (!root) throw new Error('The document has no #app');
render(<App />, root);
loadSession().catch((error: unknown) => {
  session.value = null;
  throw error;
});
void loadHub();
