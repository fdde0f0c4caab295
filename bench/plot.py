#!/usr/bin/env python3
"""Draws the curves of a run: reads DIRECTORY/results.json, writes SVG files beside it (gnuplot).

usage: plot.py DIRECTORY
"""
import json
import pathlib
import shutil
import subprocess
import sys

OURS = ('libmulticast', 'mc_')  # what the names of our candidates begin with


COLOURS = ('c00000', 'e07000', '800080', 'd06090', '006000', '0050b0', '00a0a0', '606060',
           '30a030', '8060d0', 'a08000', '804020', '000000')


def valid_of(row):
    """The candidates that have a result, without those that compete against themselves."""
    return {candidate['name']: candidate for candidate in row['candidates']
            if candidate['rounds'] > 0 and not candidate['name'].endswith('(again)')}


def curve_of(rows, x, y):
    """The points of each candidate that was in all of the rows: {name: [(x, y), ...]}."""
    everywhere = [candidate['name'] for candidate in rows[0]['candidates']] if rows else []
    for row in rows:
        names = {candidate['name'] for candidate in row['candidates']}
        everywhere = [name for name in everywhere if name in names]
    curves = {name: [(row[x], y(valid_of(row)[name])) for row in rows if name in valid_of(row)]
              for name in everywhere}
    return {name: points for name, points in curves.items() if points}


def cost(candidate):
    return candidate['cost_ns']['median'] / 1000


def rate(candidate):
    return candidate['packets_per_second']


def distribution_of(row):
    """Without the longest trip, which says most about what else the machine did."""
    return {name: [(ns / 1000, percent) for percent, ns
                   in enumerate(candidate['trip_percentiles_ns'][:100])]
            for name, candidate in valid_of(row).items()}


def tics_of(rows, x):
    return 'set xtics (' + ', '.join(f'"{row[x]:,}" {row[x]}' for row in rows) + ')'


def plots_of(rows):
    """Name, title, labels of the axes, settings, and curves of each plot."""
    def named(part):
        return [row for row in rows if row['name'].startswith(part)]

    sizes, listeners, groups = named('path-ipv4-'), named('listeners-'), named('groups-')
    yield ('throughput', 'Whole path, IPv4, nothing lost', 'bytes of a packet', 'packets a second',
           ['set logscale y', tics_of(sizes, 'size')], curve_of(sizes, 'size', rate))
    yield ('listeners', 'Listeners on one group, 64 bytes, IPv4: send, deliver and receive',
           'listeners', 'microseconds of processor time a packet',
           ['set logscale xy', tics_of(listeners, 'listeners')],
           curve_of(listeners, 'listeners', cost))
    yield ('groups', 'Groups with a listener each, 64 bytes, IPv4: send, deliver and receive',
           'groups', 'microseconds of processor time a packet',
           ['set logscale x', 'set yrange [0:]', tics_of(groups, 'groups')],
           curve_of(groups, 'groups', cost))
    for row in named('round-trip-ipv4-64'):
        yield ('latency', 'Round trip between two hosts, 64 bytes, IPv4: distribution',
               'microseconds there and back', 'percent of the trips that took no longer',
               ['set logscale x', 'set yrange [0:100]',
                'set xtics (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 500, 1000)'],
               distribution_of(row))


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def style(name, number, points):
    is_ours = name.startswith(OURS)
    marks = f'pointtype {number % 12 + 4} pointsize 0.6' if len(points) <= 20 else ''
    return f'with {"linespoints" if marks else "lines"} {marks} linecolor rgb "#{COLOURS[number % len(COLOURS)]}" linewidth {3 if is_ours else 1.5} ' \
           f'dashtype {1 if is_ours else 2}'


def script_of(path, title, machine, x, y, settings, curves):
    lines = [
        'set terminal svg size 960,560 dynamic background rgb "white" font "sans,13"',
        f'set output {quoted(str(path))}',
        f'set title {quoted(title)} noenhanced',
        f'set label 1 {quoted(machine)} at screen 0.5,0.02 center font ",10" noenhanced',
        'set bmargin at screen 0.15', 'set grid',
        'set key outside right top Left reverse noenhanced',
        f'set xlabel {quoted(x)}', f'set ylabel {quoted(y)}', 'set format xy "%.0s%c"',
        'set autoscale xfix', 'set offsets graph 0.02, graph 0.02', *settings]
    for number, points in enumerate(curves.values()):
        lines += [f'$curve{number} << END', *(f'{a} {b}' for a, b in points), 'END']
    lines.append('plot ' + ', '.join(
        f'$curve{number} {style(name, number, points)} title {quoted(name)}'
        for number, (name, points) in enumerate(curves.items())))
    return '\n'.join(lines) + '\n'


def main(directory):
    directory = pathlib.Path(directory)
    results = json.loads((directory / 'results.json').read_text())
    facts = results['machine']
    machine = f'{facts["processor"]}, {facts["cores"]} cores; {facts["kernel"]}; ' \
              f'veth between two namespaces; {facts["scheduling"]} scheduling; ' \
              f'{facts["date"]}; revision {facts["revision"]}'
    if shutil.which('gnuplot') is None:
        print('plot: no plots: gnuplot is missing (gnuplot-nox)')
        return
    for old in directory.glob('*.svg'):
        old.unlink()
    for name, title, x, y, settings, curves in plots_of(results['rows']):
        if any(len(points) > 1 for points in curves.values()):
            path = directory / f'{name}.svg'
            script = script_of(path, title, machine, x, y, settings, curves)
            subprocess.run(['gnuplot'], input=script, text=True, check=True)
            print(f'plot: {path}')


if __name__ == '__main__':
    main(*sys.argv[1:])
