"""The page in a browser: from painting to the downloaded mask, and what goes wrong.

It needs Chromium and playwright (`pip install playwright`), and skips without them. All
but loopback is blocked: a request to any other place fails the test.
"""

import io
import re
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.apps.conftest import photograph, png
from tests.apps.serving import served
from tests.apps.test_uploads import BAD
from tests.inference.conftest import square

for name in ('playwright.sync_api', 'starlette', 'uvicorn'):
    pytest.importorskip(name, reason=f'{name} is missing')
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
if CHROMIUM is None:
    pytest.skip('there is no Chromium', allow_module_level=True)

from playwright.sync_api import expect, sync_playwright  # noqa: E402

SWITCHES = (
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
)  # fmt: skip
PATIENCE = 30_000  # milliseconds


@pytest.fixture(scope='module')
def port():
    from fss_mm.apps.actions import Desk
    from fss_mm.apps.at_hand import ModelChoice
    from fss_mm.apps.limits import Limits
    from fss_mm.apps.models import Models
    from fss_mm.apps.sessions import Sessions
    from tests.inference.conftest import color_config

    choices = [ModelChoice(title, color_config(), None, {}) for title in ('one', 'two')]
    with served(Desk(Models(choices), Sessions(Limits(pixels=1_000_000)))) as own:
        yield own


@pytest.fixture(scope='module')
def browser():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        own = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield own
        own.close()


@pytest.fixture
def open_page(browser, port):
    """Opens the page at a width; nothing may ask another machine, or break."""
    opened, wrong = [], []

    def only_here(route):
        if route.request.url.startswith(('http://127.0.0.1:', 'data:', 'blob:')):
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    def open_one(width=1280, context=None):
        if context is None:
            size = dict(width=width, height=844)
            context = browser.new_context(viewport=size, accept_downloads=True)
            context.route('**/*', only_here)
            context.set_default_timeout(PATIENCE)
            opened.append(context)
        page = context.new_page()
        page.on('pageerror', lambda error: wrong.append(str(error)))
        page.goto(f'http://127.0.0.1:{port}/')
        expect(page.locator('body[data-ready=yes]')).to_be_attached()
        return page

    yield open_one
    for context in opened:
        context.close()
    assert wrong == []


def file(content, name='a.png'):
    return dict(name=name, mimeType='image/png', buffer=content)


def drag(page, start, end):
    """Drag on the photograph, in its own pixels of 64 x 64."""
    page.locator('#canvas').scroll_into_view_if_needed()
    box = page.locator('#canvas').bounding_box()
    at = [
        (box['x'] + x * box['width'] / 64, box['y'] + y * box['height'] / 64)
        for x, y in (start, end)
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    page.mouse.up()


def share(page):
    """Of the mask, in percent, as the page says it."""
    status = page.locator('#status')
    expect(status).to_contain_text('The mask covers')
    return float(re.search(r'covers ([\d.]+) %', status.inner_text())[1])


def downloaded(page, button):
    with page.expect_download() as waiting:
        page.click(button)
    with open(waiting.value.path(), 'rb') as content:
        return content.read()


def test_from_painting_to_the_downloaded_mask(open_page):
    page = open_page()
    page.set_input_files('#example-files', file(photograph()))
    expect(page.locator('#studio')).to_be_visible()
    page.click('#tools [data-value=brush]')
    page.locator('#width').fill('60')
    drag(page, (20, 20), (44, 44))
    painted = share(page)
    page.click('#tools [data-value=box]')
    drag(page, (11, 11), (53, 53))
    expect(page.locator('#status')).not_to_contain_text(f'{painted} %')
    assert share(page) == pytest.approx(25, abs=4)
    page.set_input_files('#query-files', file(photograph(size=(90, 120)), 'q.png'))
    expect(page.locator('.card .layer')).to_have_count(1)
    expect(page.locator('.card')).to_contain_text('object: score')
    page.locator('#threshold').fill('0.3')
    expect(page.locator('#threshold-value')).to_have_text('0.30')
    content = downloaded(page, '#take-masks')
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        mask = np.array(Image.open(archive.open('masks/q.png')))
        assert b'"annotations"' in archive.read('coco.json')
    assert mask.shape == (90, 120) and 0.05 < (mask == 1).mean() < 0.6
    classes = downloaded(page, '#take-classes')
    page.reload()  # the tab is known again
    expect(page.locator('.card .layer')).to_have_count(1)
    page.click('#leave')
    expect(page.locator('.card')).to_have_count(0)
    page.fill('#class-name', 'x')
    page.set_input_files('#class-file', file(classes, 'c.safetensors'))
    expect(page.locator('#message')).to_contain_text("'object' is there already")
    page.click('#class-remove')
    expect(page.locator('#classes button')).to_have_count(0)
    page.set_input_files('#class-file', file(classes, 'c.safetensors'))
    expect(page.locator('#classes button')).to_have_text('object')


def test_with_the_keyboard_alone(open_page):
    """Tools, a box by arrows, undo, and a prompt in words."""
    page = open_page()
    page.set_input_files('#example-files', file(photograph()))
    expect(page.locator('#studio')).to_be_visible()
    page.focus('#tools [aria-checked=true]')
    page.keyboard.press('ArrowRight')
    expect(page.locator('#tools [data-value=points]')).to_be_focused()
    page.keyboard.press('ArrowLeft')
    page.focus('#canvas')
    for key in ['Shift+ArrowLeft', 'Shift+ArrowUp'] * 3 + ['Enter']:
        page.keyboard.press(key)
    for key in ['Shift+ArrowRight', 'Shift+ArrowDown'] * 7 + ['Enter']:
        page.keyboard.press(key)
    assert share(page) > 10
    page.keyboard.press('Backspace')
    expect(page.locator('#status')).to_have_text('Nothing is marked yet.')
    page.click('.more summary')
    page.fill('#typed', 'polygon:16,16,48,16,48,48,16,48')
    page.keyboard.press('Enter')
    assert share(page) == pytest.approx(25, abs=2)


@pytest.mark.parametrize('width', [390, 1280])
def test_width_and_contrast(open_page, width):
    """Nothing sticks out, fingers find buttons, and texts have WCAG AA's contrast."""
    page = open_page(width)
    page.set_input_files('#example-files', file(photograph(), 'a' * 70 + '.png'))
    page.set_input_files('#query-files', file(photograph(), 'b' * 70 + '.png'))
    expect(page.locator('#studio')).to_be_visible()
    drag(page, (11, 11), (53, 53))
    expect(page.locator('.card .layer')).to_have_count(1)
    page.click('#model-box summary')
    page.check('#compare')
    expect(page.locator('.card .layer')).to_have_count(2)
    found = page.evaluate(LOOK)
    assert found['wide'] <= width and found['pale'] == [] and found['small'] == []
    assert found['nameless'] == []


LOOK = """() => {
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const rgb = (t) => t.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0.5) return c.slice(0, 3); } return [255, 255, 255]; };
  const seen = (e) => e.offsetParent !== null && !e.disabled;
  const pale = [], small = [], nameless = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!seen(e)) continue;
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (own) {
      const style = getComputedStyle(e);
      const [a, b] = [light(rgb(style.color).slice(0, 3)), light(behind(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) pale.push([e.textContent.slice(0, 30), ratio]);
    }
    if (e.matches('button, select, input')) {
      const box = e.getBoundingClientRect();
      const least = Math.min(box.width, box.height);
      if (least < 24 && e.type !== 'checkbox') small.push(e.id);
      const name = e.textContent.trim() || e.getAttribute('aria-label') || e.title
        || [...(e.labels ?? [])].map((l) => l.textContent.trim()).join('');
      if (!name) nameless.push(e.outerHTML.slice(0, 60));
    }
  }
  return { pale, small, nameless, wide: document.documentElement.scrollWidth };
}"""


def test_malformed_uploads(open_page):
    """Each is a line that names the file; the page goes on."""
    page = open_page()
    for kind in ('zero bytes', 'svg with script', 'zip', '30,000 x 30,000', 'cut off'):
        content, said = BAD[kind]
        page.set_input_files('#query-files', file(content, 'bad.png'))
        message = page.locator('#message-text')
        expect(message).to_contain_text(
            re.compile(f'bad.png: .*({said})', re.IGNORECASE)
        )
        page.click('#message-close')
    name = '<img src=x onerror=alert(1)>.png'
    page.set_input_files(
        '#query-files', [file(b'PK\3\4', 'a.zip'), file(photograph(), name)]
    )
    expect(page.locator('#message-text')).to_contain_text('1 of 2 files could not')
    expect(page.locator('.card .name')).to_have_text(
        name.replace('<', '_').replace('>', '_')
    )
    assert page.locator('.card img[src=x]').count() == 0
    page.fill('#class-name', '<b>bold</b>')
    page.click('#class-add')
    expect(page.locator('#classes')).to_contain_text('<b>bold</b>')
    page.set_input_files('#example-files', file(photograph()))
    expect(page.locator('#studio')).to_be_visible()
    page.click('.more summary')
    page.set_input_files('#mask-file', file(png(square()[1][:20]), 'm.png'))
    expect(page.locator('#message-text')).to_contain_text('m.png: 64 x 20 pixels')


def test_a_typed_name_that_was_not_added_is_used(open_page):
    """By the photographs that come next: for an empty class, or a class more."""
    page = open_page()
    page.fill('#class-name', 'mug')
    page.set_input_files('#example-files', file(photograph()))
    expect(page.locator('.thumb')).to_have_count(1)
    expect(page.locator('#classes button')).to_have_text(['mug'])
    expect(page.locator('#class-name')).to_have_value('')
    page.fill('#class-name', 'bowl')
    page.set_input_files('#example-files', file(photograph(), 'b.png'))
    expect(page.locator('#classes button')).to_have_text(['mug', 'bowl'])
    expect(page.locator('.thumb')).to_have_count(1)
    page.fill('#class-name', 'mug')
    page.set_input_files('#example-files', file(photograph(), 'c.png'))
    expect(page.locator('.thumb')).to_have_count(2)


def test_two_tabs_and_a_lost_connection(open_page):
    page = open_page()
    page.set_input_files('#query-files', file(photograph(), 'first.png'))
    expect(page.locator('.card')).to_have_count(1)
    other = open_page(context=page.context)
    expect(other.locator('.card')).to_have_count(0)
    other.set_input_files('#query-files', file(photograph(), 'second.png'))
    expect(other.locator('.card .name')).to_have_text('second.png')
    page.context.set_offline(True)
    page.set_input_files('#query-files', file(photograph(), 'third.png'))
    expect(page.locator('#message-text')).to_contain_text('The connection was lost')
    page.context.set_offline(False)
    page.set_input_files('#query-files', file(photograph(), 'third.png'))
    expect(page.locator('.card')).to_have_count(2)


def test_a_mask_that_comes_when_another_one_is_looked_at(open_page):
    """It is shown as marked, and searched with."""
    page, held = open_page(), []
    shown = page.locator('#picture-size')
    page.set_input_files('#query-files', file(photograph(), 'q.png'))
    page.set_input_files('#example-files', file(photograph(), 'b.png'))
    expect(shown).to_have_text('64 × 64')
    page.set_input_files('#example-files', file(photograph(size=(80, 80)), 'c.png'))
    expect(shown).to_have_text('80 × 80')
    page.click('.thumb button[aria-label^=b]')
    expect(shown).to_have_text('64 × 64')
    page.route('**/do/mark*', lambda route: held.append(route))
    with page.expect_request('**/do/mark*'):
        drag(page, (11, 11), (53, 53))
    page.click('.thumb button[aria-label^=c]')
    expect(shown).to_have_text('80 × 80')
    held[0].continue_()
    expect(page.locator('.thumb .state')).to_have_text(['marked', 'to mark'])
    expect(page.locator('.card .layer')).to_have_count(1)
    expect(page.locator('#status')).to_have_text('Nothing is marked yet.')


def test_drawn_pictures(open_page):
    page = open_page()
    page.click('#sample')
    expect(page.locator('.card')).to_have_count(4)
    expect(page.locator('.thumb')).to_have_count(2)
    expect(page.locator('#classes')).to_have_text('mug')
