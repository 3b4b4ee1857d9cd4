"""The annotation of one episode, as it travels from data set to metric.

Shape letters: K shots, H W image size.
"""

from mmengine.structures import PixelData
from mmseg.structures import SegDataSample


class FewShotSegDataSample(SegDataSample):
    """mmseg's data sample for the query, with the supports' masks beside it.

    The fields of ``SegDataSample`` speak of the query: ``gt_sem_seg``,
    ``pred_sem_seg`` and ``seg_logits``. Mask values are 0 background, 1 the episode's
    class and 255 ignore.

    Meta information: ``class_id`` (int), ``class_name`` (str), ``fold`` (int or None),
    ``seed`` and ``number`` of the episode (int), ``task_seed`` (int, of what is random
    about segmenting it), ``query_name`` (str),
    ``support_names`` (tuple of str), ``img_path`` (str), ``support_img_paths``,
    ``ori_shape``, ``img_shape`` and ``support_ori_shapes`` ((height, width)). A
    segmentor adds ``align_corners`` (bool), of the logits that it has resized; a joint
    test ``test`` and ``places``, see :class:`~fss_mm.structures.SharedEpisode`.
    """

    @property
    def support_gt_sem_seg(self) -> PixelData:
        """The supports' masks: ``data`` is (K, H, W), uint8."""
        return self._support_gt_sem_seg

    @support_gt_sem_seg.setter
    def support_gt_sem_seg(self, value: PixelData) -> None:
        self.set_field(value, '_support_gt_sem_seg', dtype=PixelData)

    @support_gt_sem_seg.deleter
    def support_gt_sem_seg(self) -> None:
        del self._support_gt_sem_seg
