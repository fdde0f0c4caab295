#!/usr/bin/env python3
"""Shows a run in docs/performance.md: its table between the marks, its plots beside it.

usage: record.py DIRECTORY
"""
import pathlib
import shutil
import sys

PAGE = pathlib.Path('docs/performance.md')
PLOTS = pathlib.Path('docs/performance')
BEGIN, END = '<!-- the run: ./dev bench record -->\n', '<!-- the end of the run -->\n'
TITLES = {
    'throughput': 'Packets a second, all the way, against their size',
    'latency': 'Distribution of the round trips',
    'listeners': 'Cost of a packet against the number of listeners on its group',
    'groups': 'Cost of a packet against the number of groups',
}


def plots_of(directory):
    """Copies the plots; the lines that show them."""
    PLOTS.mkdir(exist_ok=True)
    for name, title in TITLES.items():
        plot = directory / f'{name}.svg'
        if plot.exists():
            shutil.copy(plot, PLOTS)
            yield f'![{title}]({PLOTS.name}/{plot.name})\n\n'


def main(directory):
    directory = pathlib.Path(directory)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    table = (directory / 'table.md').read_text()
    PAGE.write_text(f'{before}{BEGIN}\n{"".join(plots_of(directory))}{table}\n{END}{after}')
    print(f'record: {PAGE}; look at "In short", too')


if __name__ == '__main__':
    main(*sys.argv[1:])
