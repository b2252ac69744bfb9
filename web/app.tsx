import { useEffect, useRef } from 'preact/hooks';
import { Route, Switch, useLocation } from 'wouter-preact';
import { t } from './language';
import { Missing } from './pages/Missing';
import { Shell } from './parts/Shell';
import { Waiting } from './parts/Waiting';
import { ROUTES, type PageRoute, type Params } from './routes';
import { session } from './session';

/** The whole interface: one frame, and in it the page of the present address. */
export function App() {
  return (
    <Shell>
      <Switch>
        {ROUTES.map((route) => (
          <Route key={route.path} path={route.path}>
            {(params: Params) => <Guarded route={route} params={params} />}
          </Route>
        ))}
        <Route>
          <Missing />
        </Route>
      </Switch>
    </Shell>
  );
}

/** A page for those who may see it; whoever is not signed in is asked to, and comes back. */
function Guarded({ route, params }: { readonly route: PageRoute; readonly params: Params }) {
  const [address, go] = useLocation();
  const user = session.value;
  const mustSignIn = route.who !== 'anyone' && user === null;
  useTitle(route.title(t(), params));
  useEffect(() => {
    if (mustSignIn) go(`/signin?next=${encodeURIComponent(address)}`, { replace: true });
  }, [mustSignIn]);
  if (route.who !== 'anyone' && !user) return <Waiting lines={4} />;
  if (route.who === 'admin' && user && !user.is_admin) return <Missing />;
  const Page = route.page;
  // Another repository or run is another page: nothing of the one before is kept.
  return <Page key={JSON.stringify(params)} params={params} />;
}

/** Names the page in the browser's tab, and to screen readers by moving them to its beginning after a step. */
function useTitle(title: string): void {
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · Hookline`;
  }, [title]);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else window.scrollTo(0, 0);
  }, []);
}
