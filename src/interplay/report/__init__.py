"""Pages from results: sections of text, tables and figures, in one self-contained HTML file."""

from interplay.report.game import game_page, sections_game
from interplay.report.page import page
from interplay.report.parts import Axis, Block, Figure, Section, Table, Tile
from interplay.report.recovery import Recovery
from interplay.report.sections.alignment import section_alignment
from interplay.report.sections.change import section_change
from interplay.report.sections.circuit_course import section_circuit_course
from interplay.report.sections.circuit_motif import section_motif
from interplay.report.sections.circuit_proof import section_certificate, section_game
from interplay.report.sections.communities import section_communities
from interplay.report.sections.embedding import section_embedding
from interplay.report.sections.influence_opinions import section_opinions
from interplay.report.sections.influence_price import section_price
from interplay.report.sections.influence_reach import section_reach
from interplay.report.sections.influence_seeds import section_seeds
from interplay.report.sections.influence_spread import section_spread
from interplay.report.sections.methods import section_methods, section_provenance
from interplay.report.sections.network import section_network
from interplay.report.sections.readout import section_readout
from interplay.report.sections.recording import section_recording
from interplay.report.sections.recovery import section_recovery
from interplay.report.sections.session import plays, section_session
from interplay.report.sections.summary import section_summary

__all__ = [
    "Axis",
    "Block",
    "Figure",
    "Recovery",
    "Section",
    "Table",
    "Tile",
    "game_page",
    "page",
    "plays",
    "section_alignment",
    "section_certificate",
    "section_change",
    "section_circuit_course",
    "section_communities",
    "section_embedding",
    "section_game",
    "section_methods",
    "section_motif",
    "section_network",
    "section_opinions",
    "section_price",
    "section_provenance",
    "section_reach",
    "section_readout",
    "section_recording",
    "section_recovery",
    "section_seeds",
    "section_session",
    "section_spread",
    "section_summary",
    "sections_game",
]
