"""What a user says of the data that are checked."""

from __future__ import annotations

from dataclasses import dataclass

from ..index.folder_options import FolderOptions

_OF_PARTS = ('novel_images', 'train_split', 'test_split')


@dataclass(frozen=True)
class CheckOptions(FolderOptions):
    """Arguments of ``FewShotFolderDataset``: how data lie, are read, and are used.

    Args:
        min_images (int): Defaults to 0.
        novel_images (str): Of training. Defaults to 'drop'.
        train_split (str, optional): ``split`` of training. Defaults to None.
        test_split (str, optional): ``split`` of validation and test. Defaults to None.
    """

    min_images: int = 0
    novel_images: str = 'drop'
    train_split: str | None = None
    test_split: str | None = None

    def given(self) -> dict[str, object]:
        """What all data sets of a config are given, where it is not the default."""
        stated = self.stated()
        shared = {name: v for name, v in stated.items() if name not in _OF_PARTS}
        return dict(data_root=self.root.as_posix()) | shared

    def given_to(self, part: str) -> dict[str, object]:
        """What 'train', 'val' or 'test' is given beside this."""
        train = part == 'train'
        split = self.train_split if train else self.test_split
        found = {} if split is None else dict(split=split)
        if train and self.novel_images != 'drop':
            found['novel_images'] = self.novel_images
        return found
