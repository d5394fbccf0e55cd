"""The two things that debugging information says in several ways: file names and spans of addresses (DWARF 4 and 5)."""

import pathlib

from elftools.dwarf.ranges import BaseAddressEntry


def file_names(program, unit):
    """Full paths by the numbers that rows and calls use; DWARF 5 counts from 0."""
    header = program.header
    base = unit.get_top_DIE().attributes["DW_AT_comp_dir"].value.decode()
    first = 0 if header["version"] >= 5 else 1
    folders = [name.decode() for name in header["include_directory"]]
    folders = folders if first == 0 else [base, *folders]
    return {
        number: str(pathlib.PurePosixPath(base, folders[entry["dir_index"]], entry["name"].decode()))
        for number, entry in enumerate(header["file_entry"], first)
    }


def ranges(dwarf, unit, die):
    """The spans of addresses that a function or a call covers."""
    found = die.attributes
    if "DW_AT_low_pc" in found and "DW_AT_high_pc" in found:
        low, high = found["DW_AT_low_pc"].value, found["DW_AT_high_pc"]
        return [(low, high.value if high.form == "DW_FORM_addr" else low + high.value)]
    if "DW_AT_ranges" not in found:
        return []
    top = unit.get_top_DIE().attributes
    base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    spans = []
    for entry in dwarf.range_lists().get_range_list_at_offset(found["DW_AT_ranges"].value, unit):
        if isinstance(entry, BaseAddressEntry):
            base = entry.base_address
        elif entry.begin_offset < entry.end_offset:
            shift = 0 if entry.is_absolute else base
            spans.append((entry.begin_offset + shift, entry.end_offset + shift))
    return spans
