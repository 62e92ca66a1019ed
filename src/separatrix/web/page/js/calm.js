/** A hand that moves wants the border first: other views follow it a few times a second, and are exact when it rests. */

const PAUSE_MS = 90;

/**
 * @param {{moving: boolean, training: boolean}} app
 * @param {() => void} draw
 * @returns {() => void} draws at once while nothing moves, else now and then, the last time after the last call
 */
export function calmly(app, draw) {
  let [drawn, waiting] = [0, 0];
  return () => {
    const left = app.moving || app.training ? drawn + PAUSE_MS - performance.now() : 0;
    if (waiting) clearTimeout(waiting);
    waiting = 0;
    if (left > 0) waiting = window.setTimeout(now, left);
    else now();
  };

  function now() {
    [drawn, waiting] = [performance.now(), 0];
    draw();
  }
}
