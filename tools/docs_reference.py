"""The reference's pages that follow from the source: every public name, every command's help, every setting of the registries."""

from __future__ import annotations

from collections.abc import Iterable

import separatrix
from separatrix import pictures

# wing -> the page's title in both languages; a wing that is missing here gets its own name
TITLES = {
    "data": ("Points and tables", "点集与表格"),
    "networks": ("Networks and recipes", "网络与训练设置"),
    "training": ("Training", "训练"),
    "estimators": ("Classifiers for tables", "表格分类器"),
    "evaluation": ("Evaluation", "评估"),
    "reports": ("Reports", "报告"),
    "studies": ("Studies", "研究"),
    "pictures": ("Pictures", "图片"),
    "files": ("Model files", "模型文件"),
    "exports": ("Exports", "导出"),
    "web": ("Playground", "游乐场"),
    "errors": ("Errors", "错误"),
}
NOT_DESCRIBED = {"__version__", "pictures"}  # a text, and the module whose functions have a page of their own
CHINESE = ".zh-CN.md"


def public_names() -> dict[str, str]:
    """Every public name, those of `separatrix.pictures` included -> the dotted path of its definition."""
    homes = {name: module for module, names in separatrix._HOME.items() for name in names}
    paths = {name: f"separatrix.{homes[name]}.{name}" for name in separatrix.__all__ if name not in NOT_DESCRIBED}
    drawn = {f"pictures.{name}": f"separatrix.pictures.{module}.{name}" for name, module in pictures._modules().items()}
    return dict(sorted((paths | drawn).items(), key=lambda item: item[0].lower()))


def api_pages() -> dict[str, dict[str, str]]:
    """For every wing with public names: name -> path, the wings in the order of `TITLES`."""
    pages: dict[str, dict[str, str]] = {wing: {} for wing in TITLES}
    for name, path in public_names().items():
        pages.setdefault(path.split(".")[1], {})[name] = path
    return {wing: names for wing, names in pages.items() if names}


def reference_pages() -> dict[str, str]:
    """The path in docs/ of every generated page -> its Markdown, in both languages."""
    pages: dict[str, str] = {}
    for wing, names in api_pages().items():
        body = "\n".join(f"::: {path}\n" for path in names.values())
        # the titles alone are translated: docstrings are written in English
        for title, suffix in zip(TITLES.get(wing, (wing, wing)), (".md", CHINESE), strict=True):
            pages[f"reference/api/{wing}{suffix}"] = f"# {title}\n\n{body}"
    pages["reference/api/commands.md"] = _commands(
        "Commands", "Every command's help, as `separatrix COMMAND --help` prints it.", "en"
    )
    pages["reference/api/commands.zh-CN.md"] = _commands(
        "命令", "每条命令自己的帮助，与 `separatrix 命令 --help --lang zh` 的输出相同。", "zh"
    )
    pages["reference/api/registries.md"] = _registries(
        "Settings by name",
        "What can be chosen by name: in Python, on the command line, in studies and in the playground.",
        0,
    )
    pages["reference/api/registries.zh-CN.md"] = _registries(
        "可按名字选择的设置", "下面的名字在 Python、命令行、研究和游乐场里通用。", 1
    )
    return pages


def command_help(language: str) -> dict[str, str]:
    """The name of every command -> its help text."""
    from separatrix.cli._command_list import COMMANDS
    from separatrix.cli._commands import help_of
    from separatrix.support.translations import in_language

    with in_language(language):
        return {name: help_of(name) for name in COMMANDS}


def _commands(title: str, about: str, language: str) -> str:
    sections = [f"## {name}\n\n```text\n{text.strip()}\n```\n" for name, text in command_help(language).items()]
    return f"# {title}\n\n{about}\n\n" + "\n".join(sections)


def _registries(title: str, about: str, language: int) -> str:
    from separatrix.data.samplers import SAMPLERS
    from separatrix.networks.activations import ACTIVATIONS
    from separatrix.networks.losses import LOSSES
    from separatrix.networks.network import INITIALISATIONS
    from separatrix.networks.optimizers import OPTIMIZERS
    from separatrix.networks.schedules import SCHEDULES

    headings: Iterable[tuple[tuple[str, str], Iterable[str]]] = [
        (("Samplers of points", "点集"), SAMPLERS),
        (("Activations", "激活函数"), ACTIVATIONS),
        (("Losses", "损失函数"), LOSSES),
        (("Optimisers", "优化器"), OPTIMIZERS),
        (("Learning rate schedules", "学习率计划"), SCHEDULES),
        (("Initialisations", "初始化"), INITIALISATIONS),
    ]
    sections = [
        f"## {heading[language]}\n\n" + ", ".join(f"`{name}`" for name in names) + "\n" for heading, names in headings
    ]
    return f"# {title}\n\n{about}\n\n" + "\n".join(sections)
