#!/usr/bin/env python3
"""Writes messages/api/**.proto, messages/api_files.cpp and messages/kind_rows.cpp from messages/facts/; all are committed.

generate.py           write what changed
generate.py --check   exit 1 if a committed file differs from what would be written
"""
import glob
import os
import sys

import facts
import kind_rows
import protos

API_FILES = '''// Written by messages/generate/generate.py. Do not edit.
// A static library loses what nobody refers to, and a .pb.cc that is lost takes its descriptors with it.
#include "messages/api_files.hpp"

#include <google/protobuf/generated_message_reflection.h>

%s
namespace troupe {
namespace {
const google::protobuf::internal::DescriptorTable* const tables[] = {
%s};
constexpr std::string_view files[] = {
%s};
} // namespace

std::span<const std::string_view> api_files() {
  static const void* volatile keep = tables;
  (void)keep;
  return files;
}

} // namespace troupe
'''


def symbol_of(path):
    """Name that protoc gives to the descriptor table of messages/api/PATH."""
    name = 'messages/api/' + path
    return 'descriptor_table_' + ''.join(c if c.isalnum() else '_%02x' % ord(c) for c in name)


def api_files(paths):
    symbols = [symbol_of(path) for path in paths]
    return API_FILES % (
        ''.join('extern const google::protobuf::internal::DescriptorTable %s;\n' % symbol for symbol in symbols),
        ''.join('    &%s,\n' % symbol for symbol in symbols),
        ''.join('    "messages/api/%s",\n' % path for path in paths))


MESSAGES = os.path.normpath(os.path.join(facts.HERE, '..'))


def main():
    check = '--check' in sys.argv[1:]
    packages = facts.load_packages()
    texts = protos.Writer(packages).write()
    wanted = {os.path.join('api', path): text for path, text in texts.items()}
    wanted['api_files.cpp'] = api_files(sorted(texts))
    wanted['kind_rows.cpp'] = kind_rows.Writer(packages).write()
    kept = {os.path.join('api', 'options.proto')}
    stale = []
    for path, text in wanted.items():
        full = os.path.join(MESSAGES, path)
        have = open(full, encoding='utf-8').read() if os.path.exists(full) else None
        if have != text:
            stale.append(path)
            if not check:
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'w', encoding='utf-8') as file:
                    file.write(text)
    for full in glob.glob(os.path.join(MESSAGES, 'api', '**', '*.proto'), recursive=True):
        path = os.path.relpath(full, MESSAGES)
        if path not in wanted and path not in kept:
            stale.append(path)
            if not check:
                os.remove(full)
    messages = sum(len(package['messages']) for package in packages.values())
    print('%d files, %d packages, %d messages; %s: %s' % (
        len(wanted), len(packages), messages, 'differ' if check else 'written', ', '.join(stale) or 'none'))
    return 1 if check and stale else 0


sys.exit(main())
